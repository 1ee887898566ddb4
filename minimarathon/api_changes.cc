#include <algorithm>
#include <boost/json.hpp>
#include <set>
#include <utility>

#include "minimarathon/api.h"
#include "minimarathon/path.h"

// What every write of a definition goes through: read, check the lock, deploy.

namespace minimarathon {

namespace json = boost::json;

ApiResult<Api::Change> Api::read_change(const json::object& input,
                                        const std::string& id,
                                        const ServicePortSource& ports) const {
  const AppPtr known = parts_.store.find(id);
  auto app = read_app(known ? overlay(*known->definition, input) : input, id, ports);
  if (!app) return tl::unexpected(app.error());
  Action action = Action::Start;
  if (known) action = differs_in_scale_only(*known, *app) ? Action::Scale : Action::Restart;
  return Change{std::move(*app), action};
}

/// An app that is being deployed refuses another change, unless it is forced.
ApiResult<void> Api::check_lock(const Call& call,
                                const std::vector<std::string>& app_ids,
                                bool force_by_default) const {
  if (call.flag("force", force_by_default)) return {};
  json::array locks;
  std::set<std::string> seen;
  for (const std::string& app : app_ids) {
    for (const std::string& id : parts_.deployments.of_app(app)) {
      if (seen.insert(id).second) locks.push_back(json::object{{"id", id}});
    }
  }
  if (locks.empty()) return {};
  const json::object body{
      {"message",
       "App is locked by one or more deployments. Override with the option '?force=true'. "
       "View details at '/v2/deployments/<DEPLOYMENT_ID>'."},
      {"deployments", std::move(locks)}};
  return tl::unexpected(ApiError{409, json::serialize(body)});
}

std::string Api::deploy(std::vector<Change> changes) {
  const std::string version = clock_.next(std::chrono::system_clock::now());
  std::vector<Deployment::Part> parts;
  std::vector<AppPtr> apps;
  std::set<std::string> groups;
  for (Change& change : changes) {
    parts.push_back({change.app.id, change.action});
    groups.insert(parent_path(change.app.id));
    const auto tasks =
        change.action == Action::Scale ? Store::Tasks::StayCurrent : Store::Tasks::Replaced;
    apps.push_back(parts_.store.put(std::move(change.app), version, tasks));
  }
  const std::string deployment = parts_.deployments.begin(version, std::move(parts));
  for (const AppPtr& app : apps) parts_.events.health_check_added(*app);
  for (const std::string& group : groups) parts_.events.group_changed(group, version);
  for (const AppPtr& app : apps) parts_.scheduler.reconcile(app->id);
  return deployment;
}

std::string Api::undeploy(const std::vector<std::string>& app_ids) {
  const std::string version = clock_.next(std::chrono::system_clock::now());
  std::vector<Deployment::Part> parts;
  for (const std::string& id : app_ids) {
    parts.push_back({id, Action::Stop});
    parts_.store.remove(id);
    parts_.events.group_changed(parent_path(id), version);
  }
  const std::string deployment = parts_.deployments.begin(version, std::move(parts));
  for (const std::string& id : app_ids) parts_.scheduler.reconcile(id);
  return deployment;
}

http::Response Api::deployed(const std::string& deployment_id) const {
  std::string version;
  for (const Deployment& deployment : parts_.deployments.all()) {
    if (deployment.id == deployment_id) version = deployment.version;
  }
  if (version.empty()) version = to_timestamp(std::chrono::system_clock::now());
  http::Response response = http::json_response(
      200, json::serialize(json::object{{"version", version}, {"deploymentId", deployment_id}}));
  response.headers.emplace_back("Marathon-Deployment-Id", deployment_id);
  return response;
}

}  // namespace minimarathon
