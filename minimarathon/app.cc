#include "minimarathon/app.h"

#include <array>
#include <boost/json.hpp>
#include <utility>

#include "minimarathon/app_checks.h"
#include "minimarathon/app_fields.h"
#include "minimarathon/app_network.h"
#include "minimarathon/path.h"

namespace minimarathon {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

/// Fields that mean nothing to local processes and are only told back.
constexpr std::array<std::string_view, 14> kEchoed{"acceptedResourceRoles",
                                                   "check",
                                                   "constraints",
                                                   "dependencies",
                                                   "executorResources",
                                                   "fetch",
                                                   "residency",
                                                   "resourceLimits",
                                                   "role",
                                                   "secrets",
                                                   "taskKillGracePeriodSeconds",
                                                   "tty",
                                                   "unreachableStrategy",
                                                   "user"};

void read_id(const Fields& fields, const std::string& id, App& app) {
  app.id = id;
  if (!is_valid_path(id)) {
    return fields.wrong(
        "id", "must be a path of segments made of a-z, 0-9, '.' and '-', such as /shop/cart");
  }
  for (const std::string_view reserved : {"restart", "tasks", "versions"}) {
    if (path_segments(id).back() == reserved)
      fields.wrong("id", "must not end in restart, tasks or versions");
  }
}

void read_command(const Fields& fields, App& app) {
  app.cmd = fields.text("cmd");
  app.args = fields.texts("args");
  app.image = fields.inside("container").inside("docker").text("image");
  const bool both = !app.cmd.empty() && !app.args.empty();
  const bool none = app.cmd.empty() && app.args.empty() && app.image.empty();
  if (both || none) {
    fields.wrong("",
                 "AppDefinition must either contain one of 'cmd' or 'args', and/or a 'container'.");
  }
}

std::map<std::string, std::string> read_labels(const Fields& fields) {
  std::map<std::string, std::string> labels;
  const Fields inside = fields.inside("labels");
  for (const auto& [name, value] : fields.object("labels")) labels[name] = inside.text(name);
  return labels;
}

/// Values that name a secret have no text here.
std::map<std::string, std::string> read_env(const Fields& fields) {
  std::map<std::string, std::string> env;
  const Fields inside = fields.inside("env");
  for (const auto& [name, value] : fields.object("env")) {
    if (!value.is_object()) env[name] = inside.text(name);
  }
  return env;
}

void read_resources(const Fields& fields, App& app) {
  app.instances = fields.integer<std::uint32_t>("instances", 1, 10000);
  app.cpus = fields.number("cpus", 1);
  app.mem = fields.number("mem", 128);
  app.disk = fields.number("disk", 0);
  app.gpus = fields.number("gpus", 0);
}

void read_upgrade(const Fields& fields, App& app) {
  const Fields strategy = fields.inside("upgradeStrategy");
  app.minimum_health_capacity = strategy.number("minimumHealthCapacity", 1, 1);
  app.maximum_over_capacity = strategy.number("maximumOverCapacity", 1, 1);
  const std::string selection = fields.text("killSelection", "YOUNGEST_FIRST");
  app.kill_oldest_first = selection == "OLDEST_FIRST";
  if (!app.kill_oldest_first && selection != "YOUNGEST_FIRST") {
    fields.wrong("killSelection", "must be YOUNGEST_FIRST or OLDEST_FIRST");
  }
}

void read_timing(const Fields& fields, App& app) {
  const auto to_time = [](double seconds) {
    return milliseconds(static_cast<std::int64_t>(seconds * 1000));
  };
  constexpr double kDay = 86400;
  app.backoff = to_time(fields.number("backoffSeconds", 1, kDay));
  app.backoff_factor = fields.number("backoffFactor", 1.15, 1000);
  app.max_backoff = to_time(fields.number("maxLaunchDelaySeconds", 300, kDay));
  if (fields.has("taskKillGracePeriodSeconds")) {
    app.kill_grace = to_time(fields.number("taskKillGracePeriodSeconds", 0, kDay));
  }
}

void read_dependencies(const Fields& fields, App& app) {
  for (const std::string& id : fields.texts("dependencies")) {
    app.dependencies.push_back(absolute_path(id, app.id));
  }
}

json::object container_document(const Fields& fields, json::array port_mappings) {
  json::object container = fields.object("container");
  if (!container.contains("type")) container["type"] = "MESOS";
  if (!container.contains("volumes")) container["volumes"] = json::array{};
  // The slides put these here, where Marathon does not look.
  container.erase("upgradeStrategy");
  container.erase("acceptedResourceRoles");
  if (auto* docker = container.if_contains("docker"); docker && docker->is_object()) {
    docker->as_object().erase("network");
    docker->as_object().erase("portMappings");
  }
  container.erase("portMappings");
  if (!port_mappings.empty()) container["portMappings"] = std::move(port_mappings);
  return container;
}

double as_seconds(milliseconds time) { return static_cast<double>(time.count()) / 1000; }

json::object scalars_of(const App& app) {
  return {{"id", app.id},
          {"backoffFactor", app.backoff_factor},
          {"backoffSeconds", as_seconds(app.backoff)},
          {"cpus", app.cpus},
          {"disk", app.disk},
          {"executor", ""},
          {"gpus", app.gpus},
          {"instances", app.instances},
          {"killSelection", app.kill_oldest_first ? "OLDEST_FIRST" : "YOUNGEST_FIRST"},
          {"maxLaunchDelaySeconds", as_seconds(app.max_backoff)},
          {"mem", app.mem},
          {"upgradeStrategy",
           json::object{{"minimumHealthCapacity", app.minimum_health_capacity},
                        {"maximumOverCapacity", app.maximum_over_capacity}}}};
}

/// 1.4 named what is fetched by URI alone.
json::array fetch_from_uris(const Fields& fields) {
  json::array fetch;
  for (const std::string& uri : fields.texts("uris")) fetch.push_back(json::object{{"uri", uri}});
  return fetch;
}

void add_networks(const Fields& fields, AppNetwork network, json::object& document) {
  const bool on_host = network.mode == NetworkMode::Host;
  document["networks"] = std::move(network.networks);
  document["requirePorts"] = on_host && fields.flag("requirePorts");
  json::array mappings;
  if (on_host)
    document["portDefinitions"] = std::move(network.port_documents);
  else
    mappings = std::move(network.port_documents);
  if (fields.has("container") || !mappings.empty()) {
    document["container"] = container_document(fields, std::move(mappings));
  }
}

json::object document_of(const Fields& fields,
                         const App& app,
                         AppNetwork network,
                         AppChecks checks) {
  json::object document = scalars_of(app);
  document["labels"] = fields.object("labels");
  add_networks(fields, std::move(network), document);
  if (!app.cmd.empty()) document["cmd"] = app.cmd;
  if (!app.args.empty()) document["args"] = fields.list("args");
  if (fields.has("env")) document["env"] = fields.object("env");
  if (!checks.health.empty()) document["healthChecks"] = std::move(checks.health_documents);
  if (checks.readiness) document["readinessChecks"] = std::move(checks.readiness_documents);
  for (const std::string_view key : kEchoed) {
    if (const auto* value = fields.find(key)) document[key] = *value;
  }
  if (fields.has("uris") && !fields.has("fetch")) document["fetch"] = fetch_from_uris(fields);
  return document;
}

/// Does the change bring a network of its own in a form that the normal one would hide?
bool renames_network(const json::object& change) {
  Problem ignored;
  const Fields fields(change, ignored);
  return fields.has("ipAddress") || fields.inside("container").inside("docker").has("network");
}

}  // namespace

ApiResult<App> read_app(const json::object& input,
                        const std::string& id,
                        const App* previous,
                        const ServicePortSource& service_ports) {
  Problem problem;
  const Fields fields(input, problem);
  App app;
  read_id(fields, id, app);
  read_command(fields, app);
  read_resources(fields, app);
  read_upgrade(fields, app);
  read_timing(fields, app);
  read_dependencies(fields, app);
  app.env = read_env(fields);
  app.labels = read_labels(fields);
  AppNetwork network = read_network(fields);
  assign_service_ports(fields, previous, service_ports, network);
  app.network = network.mode;
  app.ports = network.ports;
  AppChecks checks = read_checks(fields, app.ports);
  app.checks = checks.health;
  app.readiness = checks.readiness;
  auto document = std::make_shared<const json::object>(
      document_of(fields, app, std::move(network), std::move(checks)));
  if (problem.found()) return problem.error();
  app.definition = std::move(document);
  return app;
}

json::object overlay(const json::object& base, const json::object& change) {
  json::object merged = base;
  for (const auto& [key, value] : change) {
    if (!value.is_null()) merged[key] = value;
  }
  // What the change says in an old form must not lose against the normal form it replaces.
  const auto replaces = [&](std::string_view key, std::string_view other) {
    if (change.contains(key) && !change.contains(other)) merged.erase(other);
  };
  replaces("ports", "portDefinitions");
  replaces("uris", "fetch");
  replaces("cmd", "args");
  replaces("args", "cmd");
  if (renames_network(change) && !change.contains("networks")) merged.erase("networks");
  return merged;
}

bool differs_in_scale_only(const App& a, const App& b) {
  json::object one = *a.definition;
  json::object other = *b.definition;
  one.erase("instances");
  other.erase("instances");
  return one == other;
}

}  // namespace minimarathon
