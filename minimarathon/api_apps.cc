#include <boost/json.hpp>
#include <utility>

#include "minimarathon/api.h"
#include "minimarathon/label_selector.h"
#include "minimarathon/path.h"

// /v2/apps

namespace minimarathon {
namespace {

namespace json = boost::json;

std::string first_or_empty(const std::vector<std::string>& values) {
  return values.empty() ? std::string() : values.front();
}

/// The filters of GET /v2/apps; absent ones let everything pass.
bool is_asked_for(const http::Request& request, const App& app) {
  const auto contains = [](const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  };
  const std::string cmd = first_or_empty(request.query("cmd"));
  const std::string id = first_or_empty(request.query("id"));
  const std::string label = first_or_empty(request.query("label"));
  return contains(app.cmd, cmd) && contains(app.id, id) &&
         (label.empty() || matches_labels(app.labels, label));
}

ApiResult<std::string> id_in(const json::object& app) {
  const auto* id = app.if_contains("id");
  if (!id || !id->is_string() || id->as_string().empty())
    return invalid("/id", "must be a path such as /shop/cart");
  return absolute_path(id->as_string());
}

/// {"version": v} alone asks for the definition of then.
std::string asked_version(const json::object& change) {
  const auto* version = change.size() == 1 ? change.if_contains("version") : nullptr;
  return version && version->is_string() ? std::string(version->as_string()) : std::string();
}

}  // namespace

Api::Result Api::list_apps(const Call& call) {
  const Embeds embeds(call.request.query("embed"));
  json::array apps;
  for (const AppPtr& app : parts_.store.apps()) {
    if (!is_asked_for(call.request, *app)) continue;
    apps.push_back(describe_app(
        *app, parts_.scheduler.instances(app->id), parts_.deployments.of_app(app->id), embeds));
  }
  return http::json_response(200, json::serialize(json::object{{"apps", std::move(apps)}}));
}

Api::Result Api::list_apps_below(const Call& call, const std::string& group) {
  const Embeds embeds(call.request.query("embed"));
  json::array apps;
  for (const AppPtr& app : parts_.store.apps_below(group)) {
    apps.push_back(describe_app(
        *app, parts_.scheduler.instances(app->id), parts_.deployments.of_app(app->id), embeds));
  }
  return http::json_response(200, json::serialize(json::object{{"*", std::move(apps)}}));
}

Api::Result Api::create_app(const Call& call) {
  const auto input = parse_object(call.request);
  if (!input) return tl::unexpected(input.error());
  const auto id = id_in(*input);
  if (!id) return tl::unexpected(id.error());
  if (parts_.store.find(*id)) return refuse(409, "An app with id [" + *id + "] already exists.");
  auto change = read_change(*input, *id, parts_.store.service_ports());
  if (!change) return tl::unexpected(change.error());
  std::vector<Change> changes;
  changes.push_back(std::move(*change));
  const std::string deployment = deploy(std::move(changes));
  const AppPtr app = parts_.store.find(*id);
  parts_.events.app_posted(call.client, std::string(call.request.path()), *app);
  http::Response response =
      http::json_response(201,
                          json::serialize(describe_app(
                              *app, parts_.scheduler.instances(*id), {deployment}, Embeds({}))));
  response.headers.emplace_back("Location", "/v2/apps" + *id);
  response.headers.emplace_back("Marathon-Deployment-Id", deployment);
  return response;
}

/// An array of apps: all or none.
Api::Result Api::change_apps(const Call& call, bool may_create) {
  const auto body = parse_body(call.request);
  if (!body) return tl::unexpected(body.error());
  if (!body->is_array()) return refuse(400, "Invalid JSON: expected a list of apps");
  const ServicePortSource ports = parts_.store.service_ports();
  std::vector<Change> changes;
  std::vector<std::string> ids;
  for (const json::value& element : body->as_array()) {
    if (!element.is_object()) return refuse(400, "Invalid JSON: expected a list of apps");
    const auto id = id_in(element.as_object());
    if (!id) return tl::unexpected(id.error());
    if (!may_create && !parts_.store.find(*id)) return no_such_app(*id);
    auto change = read_change(element.as_object(), *id, ports);
    if (!change) return tl::unexpected(change.error());
    ids.push_back(*id);
    changes.push_back(std::move(*change));
  }
  if (auto unlocked = check_lock(call, ids); !unlocked) return tl::unexpected(unlocked.error());
  return deployed(deploy(std::move(changes)));
}

/// GET of one app embeds its tasks, counts and deployments whatever was asked.
Api::Result Api::get_app(const Call& call, const std::string& id) {
  const AppPtr app = parts_.store.find(id);
  if (!app) return no_such_app(id);
  Embeds embeds(call.request.query("embed"));
  embeds.add("tasks");
  const json::object document =
      describe_app(*app, parts_.scheduler.instances(id), parts_.deployments.of_app(id), embeds);
  return http::json_response(200, json::serialize(json::object{{"app", document}}));
}

Api::Result Api::put_app(const Call& call, const std::string& id, bool may_create) {
  auto input = parse_object(call.request);
  if (!input) return tl::unexpected(input.error());
  const bool exists = parts_.store.find(id) != nullptr;
  if (!exists && !may_create) return no_such_app(id);
  if (const std::string version = asked_version(*input); !version.empty()) {
    const AppPtr then = parts_.store.version(id, version);
    if (!then) return refuse(404, "App '" + id + "' does not have version '" + version + "'");
    input = *then->definition;
  }
  auto change = read_change(*input, id, parts_.store.service_ports());
  if (!change) return tl::unexpected(change.error());
  if (auto unlocked = check_lock(call, {id}); !unlocked) return tl::unexpected(unlocked.error());
  std::vector<Change> changes;
  changes.push_back(std::move(*change));
  http::Response response = deployed(deploy(std::move(changes)));
  parts_.events.app_posted(call.client, std::string(call.request.path()), *parts_.store.find(id));
  if (exists) return response;
  response.status = 201;
  response.headers.emplace_back("Location", "/v2/apps" + id);
  return response;
}

Api::Result Api::delete_app(const Call& call, const std::string& id) {
  if (!parts_.store.find(id)) return no_such_app(id);
  if (auto unlocked = check_lock(call, {id}, true); !unlocked)
    return tl::unexpected(unlocked.error());
  return deployed(undeploy({id}));
}

/// The same definition again, as a new version that every instance must come to run.
Api::Result Api::restart_app(const Call& call, const std::string& id) {
  const AppPtr app = parts_.store.find(id);
  if (!app) return no_such_app(id);
  if (auto unlocked = check_lock(call, {id}); !unlocked) return tl::unexpected(unlocked.error());
  return deployed(deploy({{*app, Action::Restart}}));
}

Api::Result Api::list_versions(const std::string& id) {
  if (!parts_.store.find(id)) return no_such_app(id);
  json::array versions;
  for (const AppPtr& app : parts_.store.versions(id)) versions.emplace_back(app->version);
  return http::json_response(200, json::serialize(json::object{{"versions", std::move(versions)}}));
}

Api::Result Api::get_version(const std::string& id, const std::string& version) {
  const AppPtr app = parts_.store.version(id, version);
  if (!app) return refuse(404, "App '" + id + "' does not have version '" + version + "'");
  return http::json_response(200, json::serialize(describe_definition(*app)));
}

}  // namespace minimarathon
