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
constexpr std::array<std::string_view, 11> kEchoed{"acceptedResourceRoles",
                                                   "constraints",
                                                   "dependencies",
                                                   "fetch",
                                                   "residency",
                                                   "role",
                                                   "secrets",
                                                   "tty",
                                                   "unreachableStrategy",
                                                   "user",
                                                   "taskKillGracePeriodSeconds"};

void read_id(const std::string& id, Fields& fields, App& app) {
  app.id = id;
  if (!is_valid_path(id)) {
    fields.wrong("id",
                 "must be a path of segments made of a-z, 0-9, '.' and '-', such as /shop/cart");
  }
  for (const std::string_view reserved : {"restart", "tasks", "versions"}) {
    const auto segments = path_segments(id);
    if (!segments.empty() && segments.back() == reserved)
      fields.wrong("id", "must not end in a reserved word");
  }
}

void read_command(Fields& fields, App& app) {
  app.cmd = fields.text("cmd");
  for (const json::value& arg : fields.list("args")) {
    if (arg.is_string())
      app.args.emplace_back(arg.as_string());
    else
      fields.wrong("args", "must be a list of strings");
  }
  Fields container(fields.object("container"), "/container");
  Fields docker(container.object("docker"), "/container/docker");
  app.image = docker.text("image");
  fields.take_error(container);
  fields.take_error(docker);
  if (!app.cmd.empty() && !app.args.empty()) fields.wrong("cmd", "excludes args: give one of them");
  if (app.cmd.empty() && app.args.empty() && app.image.empty()) {
    fields.wrong("",
                 "AppDefinition must either contain one of 'cmd' or 'args', and/or a 'container'.");
  }
}

std::map<std::string, std::string> read_texts(Fields& fields,
                                              std::string_view key,
                                              bool secrets_allowed) {
  std::map<std::string, std::string> texts;
  for (const auto& [name, value] : fields.object(key)) {
    if (value.is_string())
      texts.emplace(name, value.as_string());
    else if (!(secrets_allowed && value.is_object()))
      fields.wrong(key, "must have strings for values");
  }
  return texts;
}

void read_resources(Fields& fields, App& app) {
  app.instances = fields.integer<std::uint32_t>("instances", 1, 10000);
  app.cpus = fields.number("cpus", 1);
  app.mem = fields.number("mem", 128);
  app.disk = fields.number("disk", 0);
  app.gpus = fields.number("gpus", 0);
}

void read_upgrade(Fields& fields, App& app) {
  Fields strategy(fields.object("upgradeStrategy"), "/upgradeStrategy");
  app.minimum_health_capacity = strategy.number("minimumHealthCapacity", 1, 1);
  app.maximum_over_capacity = strategy.number("maximumOverCapacity", 1, 1);
  fields.take_error(strategy);
  const std::string selection = fields.text("killSelection", "YOUNGEST_FIRST");
  app.kill_oldest_first = selection == "OLDEST_FIRST";
  if (!app.kill_oldest_first && selection != "YOUNGEST_FIRST") {
    fields.wrong("killSelection", "must be YOUNGEST_FIRST or OLDEST_FIRST");
  }
}

void read_timing(Fields& fields, App& app) {
  const auto to_time = [](double seconds) {
    return milliseconds(static_cast<std::int64_t>(seconds * 1000));
  };
  constexpr double kDay = 86400;
  app.backoff = to_time(fields.number("backoffSeconds", 1, kDay));
  app.backoff_factor = fields.number("backoffFactor", 1.15, 1000);
  app.max_backoff = to_time(fields.number("maxLaunchDelaySeconds", 300, kDay));
  if (fields.find("taskKillGracePeriodSeconds")) {
    app.kill_grace = to_time(fields.number("taskKillGracePeriodSeconds", 0, kDay));
  }
}

json::object container_document(const Fields& fields, json::array port_mappings) {
  const auto* given = fields.find("container");
  json::object container = given && given->is_object() ? given->as_object() : json::object{};
  if (!container.contains("type")) container["type"] = "MESOS";
  // Where Marathon does not look, nothing is kept.
  for (const std::string_view stray :
       {"upgradeStrategy", "acceptedResourceRoles", "portMappings"}) {
    container.erase(stray);
  }
  if (auto* docker = container.if_contains("docker"); docker && docker->is_object()) {
    docker->as_object().erase("network");
    docker->as_object().erase("portMappings");
  }
  if (!container.contains("volumes")) container["volumes"] = json::array{};
  if (!port_mappings.empty()) container["portMappings"] = std::move(port_mappings);
  return container;
}

json::object document_of(Fields& fields, const App& app, AppNetwork network, AppChecks checks) {
  json::object document{
      {"id", app.id},
      {"instances", app.instances},
      {"cpus", app.cpus},
      {"mem", app.mem},
      {"disk", app.disk},
      {"gpus", app.gpus},
      {"backoffSeconds", static_cast<double>(app.backoff.count()) / 1000},
      {"backoffFactor", app.backoff_factor},
      {"maxLaunchDelaySeconds", static_cast<double>(app.max_backoff.count()) / 1000},
      {"executor", ""},
      {"killSelection", app.kill_oldest_first ? "OLDEST_FIRST" : "YOUNGEST_FIRST"},
      {"labels", fields.object("labels")},
      {"networks", std::move(network.networks)},
      {"requirePorts", app.network == NetworkMode::Host && fields.flag("requirePorts")},
      {"upgradeStrategy",
       json::object{{"minimumHealthCapacity", app.minimum_health_capacity},
                    {"maximumOverCapacity", app.maximum_over_capacity}}}};
  if (!app.cmd.empty()) document["cmd"] = app.cmd;
  if (!app.args.empty()) document["args"] = fields.list("args");
  if (fields.find("env")) document["env"] = fields.object("env");
  if (fields.find("container") || !network.port_mappings.empty()) {
    document["container"] = container_document(fields, std::move(network.port_mappings));
  }
  if (app.network == NetworkMode::Host)
    document["portDefinitions"] = std::move(network.port_definitions);
  if (!checks.health_documents.empty())
    document["healthChecks"] = std::move(checks.health_documents);
  if (!checks.readiness_documents.empty())
    document["readinessChecks"] = std::move(checks.readiness_documents);
  for (const std::string_view key : kEchoed) {
    if (const auto* value = fields.find(key)) document[key] = *value;
  }
  if (const auto* uris = fields.find("uris"); uris && !fields.find("fetch"))
    document["fetch"] = *uris;
  return document;
}

}  // namespace

ApiResult<App> read_app(const json::object& input,
                        const std::string& id,
                        const ServicePortSource& service_ports) {
  Fields fields(input, "");
  App app;
  read_id(id, fields, app);
  read_command(fields, app);
  read_resources(fields, app);
  read_upgrade(fields, app);
  read_timing(fields, app);
  app.env = read_texts(fields, "env", true);
  app.labels = read_texts(fields, "labels", false);
  AppNetwork network = read_network(fields, service_ports);
  app.network = network.mode;
  app.ports = network.ports;
  AppChecks checks = read_checks(fields, app.ports);
  app.checks = checks.health;
  app.readiness = checks.readiness;
  if (fields.failed()) return fields.error();
  app.definition = std::make_shared<const json::object>(
      document_of(fields, app, std::move(network), std::move(checks)));
  if (fields.failed()) return fields.error();
  return app;
}

json::object overlay(const json::object& base, const json::object& change) {
  json::object merged = base;
  for (const auto& [key, value] : change) merged[key] = value;
  // What the change says in an old form must not lose against the normal form it replaces.
  if (change.contains("ports")) merged.erase("portDefinitions");
  if (change.contains("cmd") && !change.contains("args")) merged.erase("args");
  if (change.contains("args") && !change.contains("cmd")) merged.erase("cmd");
  if (change.contains("container") && !change.contains("networks")) {
    const auto* docker = change.at("container").is_object()
                             ? change.at("container").as_object().if_contains("docker")
                             : nullptr;
    if (docker && docker->is_object() && docker->as_object().contains("network"))
      merged.erase("networks");
  }
  merged.erase("version");
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
