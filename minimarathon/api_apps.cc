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
  if (!id || !id->is_string()) {
    return invalid(
        "/id", id ? "error.expected.jsstring" : "error.path.missing", DocumentFault::Type);
  }
  return absolute_path(id->get_string());
}

/// {"version": v} alone asks for the definition of then.
std::string asked_version(const json::object& change) {
  const auto* version = change.size() == 1 ? change.if_contains("version") : nullptr;
  return version && version->is_string() ? std::string(version->get_string()) : std::string();
}

tl::unexpected<ApiError> no_such_version(const std::string& id, const std::string& version) {
  return refuse(404, "App '" + id + "' does not exist in version " + version);
}

}  // namespace

json::array Api::describe_apps(const std::vector<AppPtr>& apps, const Call& call) const {
  const Embeds embeds(call.request.query("embed"));
  json::array documents;
  for (const AppPtr& app : apps) {
    documents.push_back(describe_app(*app, view_of(app->id), embeds));
  }
  return documents;
}

Api::Result Api::list_apps(const Call& call) {
  std::vector<AppPtr> apps = parts_.store.apps();
  std::erase_if(apps, [&](const AppPtr& app) { return !is_asked_for(call.request, *app); });
  return json_answer(json::object{{"apps", describe_apps(apps, call)}});
}

Api::Result Api::list_apps_below(const Call& call, const std::string& group) {
  if (!parts_.store.has_group(group)) return no_such_group(group);
  return json_answer(json::object{{"*", describe_apps(parts_.store.apps_below(group), call)}});
}

Api::Result Api::create_app(const Call& call) {
  const auto input = parse_object(call.request);
  if (!input) return tl::unexpected(input.error());
  const auto id = id_in(*input);
  if (!id) return tl::unexpected(id.error());
  if (parts_.store.find(*id)) return refuse(409, "An app with id [" + *id + "] already exists.");
  auto change = read_change(*input, *id, Mode::Replace, parts_.store.service_ports());
  if (!change) return tl::unexpected(change.error());
  const auto deployed = try_deploy(call, {.apps = {std::move(*change)}});
  if (!deployed) return tl::unexpected(deployed.error());
  const AppPtr app = parts_.store.find(*id);
  parts_.events.app_posted(call.client, std::string(call.request.path()), *app);
  http::Response response =
      json_answer(describe_app(*app, {.deployments = {deployed->id}}, Embeds({})), 201);
  response.headers.emplace_back("Location", "/v2/apps" + *id);
  response.headers.emplace_back("Marathon-Deployment-Id", deployed->id);
  return response;
}

/// An array of apps: all or none.
Api::Result Api::change_apps(const Call& call) {
  const auto body = parse_body(call.request);
  if (!body) return tl::unexpected(body.error());
  if (!body->is_array()) return invalid("", "error.expected.jsarray", DocumentFault::Type);
  const bool may_create = call.request.method == "PUT";
  const Mode mode = call.flag("partialUpdate", true) ? Mode::Overlay : Mode::Replace;
  const ServicePortSource ports = parts_.store.service_ports();
  Changes changes;
  for (const json::value& element : body->get_array()) {
    if (!element.is_object()) return invalid("", "error.expected.jsobject", DocumentFault::Type);
    const auto id = id_in(element.get_object());
    if (!id) return tl::unexpected(id.error());
    if (!may_create && !parts_.store.find(*id)) return no_such_app(*id);
    auto change = read_change(element.get_object(), *id, mode, ports);
    if (!change) return tl::unexpected(change.error());
    changes.apps.push_back(std::move(*change));
  }
  const auto deployed = try_deploy(call, std::move(changes));
  if (!deployed) return tl::unexpected(deployed.error());
  return deployment_answer(deployed->id, deployed->version);
}

/// GET of one app embeds more than was asked for.
Api::Result Api::get_app(const Call& call, const std::string& id) {
  const AppPtr app = parts_.store.find(id);
  if (!app) return no_such_app(id);
  Embeds embeds(call.request.query("embed"));
  embeds.add("tasks");
  embeds.add("lastTaskFailure");
  return json_answer(json::object{{"app", describe_app(*app, view_of(id), embeds)}});
}

Api::Result Api::change_app(const Call& call, const std::string& id) {
  auto input = parse_object(call.request);
  if (!input) return tl::unexpected(input.error());
  const bool exists = parts_.store.find(id) != nullptr;
  if (!exists && call.request.method == "PATCH") return no_such_app(id);
  Mode mode = call.flag("partialUpdate", true) ? Mode::Overlay : Mode::Replace;
  if (const std::string version = asked_version(*input); !version.empty()) {
    const AppPtr then = parts_.store.version(id, version);
    if (!then) return no_such_version(id, version);
    input = *then->definition;
    mode = Mode::Replace;
  }
  auto change = read_change(*input, id, mode, parts_.store.service_ports());
  if (!change) return tl::unexpected(change.error());
  const auto deployed = try_deploy(call, {.apps = {std::move(*change)}});
  if (!deployed) return tl::unexpected(deployed.error());
  parts_.events.app_posted(call.client, std::string(call.request.path()), *parts_.store.find(id));
  http::Response response = deployment_answer(deployed->id, deployed->version);
  if (exists) return response;
  response.status = 201;
  response.headers.emplace_back("Location", "/v2/apps" + id);
  return response;
}

/// The one write that is forced unless told otherwise.
Api::Result Api::delete_app(const Call& call, const std::string& id) {
  AppPtr app = parts_.store.find(id);
  if (!app) return no_such_app(id);
  const auto unlocked = check_lock({id}, call.flag("force", true));
  if (!unlocked) return tl::unexpected(unlocked.error());
  const Deployed deployed = deploy({.gone = {std::move(app)}});
  return deployment_answer(deployed.id, deployed.version);
}

/// The same definition again, as a new version that every instance must come to run.
Api::Result Api::restart_app(const Call& call, const std::string& id) {
  const AppPtr app = parts_.store.find(id);
  if (!app) return no_such_app(id);
  const auto deployed = try_deploy(call, {.apps = {{*app, Action::Restart, app}}});
  if (!deployed) return tl::unexpected(deployed.error());
  return deployment_answer(deployed->id, deployed->version);
}

Api::Result Api::list_versions(const std::string& id) {
  if (!parts_.store.find(id)) return no_such_app(id);
  json::array versions;
  for (const AppPtr& app : parts_.store.versions(id)) versions.emplace_back(app->version);
  return json_answer(json::object{{"versions", std::move(versions)}});
}

Api::Result Api::get_version(const std::string& id, const std::string& version) {
  const AppPtr app = parts_.store.version(id, version);
  if (!app) return no_such_version(id, version);
  return json_answer(describe_definition(*app));
}

}  // namespace minimarathon
