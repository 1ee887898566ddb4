#include <boost/json.hpp>
#include <set>
#include <utility>

#include "minimarathon/api.h"
#include "minimarathon/path.h"

// What every write of a definition goes through: read, check the lock, deploy.

namespace minimarathon {
namespace {

namespace json = boost::json;

Action action_for(const AppPtr& before, const App& after) {
  if (!before) return Action::Start;
  return differs_in_scale_only(*before, after) ? Action::Scale : Action::Restart;
}

}  // namespace

std::vector<std::string> Api::Changes::ids() const {
  std::vector<std::string> ids;
  for (const AppChange& change : apps) ids.push_back(change.app.id);
  for (const AppPtr& app : gone) ids.push_back(app->id);
  return ids;
}

ApiResult<Api::AppChange> Api::read_change(const json::object& input,
                                           const std::string& id,
                                           Mode mode,
                                           const ServicePortSource& ports) const {
  AppPtr before = parts_.store.find(id);
  if (parts_.store.has_group(id) && id != "/") {
    return invalid("/id", kSameIdentifier);
  }
  const bool overlays = before && mode == Mode::Overlay;
  auto app =
      read_app(overlays ? overlay(*before->definition, input) : input, id, before.get(), ports);
  if (!app) return tl::unexpected(app.error());
  const Action action = action_for(before, *app);
  return AppChange{std::move(*app), action, std::move(before)};
}

/// An app that is being deployed refuses another change, unless it is forced.
ApiResult<void> Api::check_lock(const std::vector<std::string>& app_ids, bool force) const {
  std::set<std::string> locks;
  for (const std::string& app : app_ids) {
    for (std::string& id : parts_.deployments.of_app(app)) locks.insert(std::move(id));
  }
  if (locks.empty() || force) return {};
  json::array deployments;
  for (const std::string& id : locks) deployments.push_back(json::object{{"id", id}});
  const json::object body{
      {"message",
       "App is locked by one or more deployments. Override with the option '?force=true'. View "
       "details at '/v2/deployments/<DEPLOYMENT_ID>'."},
      {"deployments", std::move(deployments)}};
  return tl::unexpected(ApiError{409, json::serialize(body)});
}

ApiResult<void> Api::check_dependencies(const Changes& changes) const {
  Needs needs = parts_.store.needs();
  std::set<std::string> apps;
  for (const AppPtr& app : parts_.store.apps()) apps.insert(app->id);
  for (const AppChange& change : changes.apps) {
    apps.insert(change.app.id);
    needs[change.app.id] = change.app.dependencies;
  }
  for (const AppPtr& app : changes.gone) apps.erase(app->id);
  for (const auto& [group, needed] : changes.group_needs) needs[group] = needed;
  if (rank_by_dependencies({apps.begin(), apps.end()}, needs)) return {};
  return invalid("/dependencies", "Dependency graph has cyclic dependencies.");
}

/// What brings everything back to where it was before.
Api::Changes Api::reverse(const Deployment& deployment) const {
  Changes back;
  for (const Deployment::Step& step : deployment.steps) {
    for (const Deployment::Part& part : step) {
      if (part.action == Action::Start) continue;  // Its scaling follows.
      AppPtr now = parts_.store.find(part.app);
      if (part.before) {
        const Action action = action_for(now, *part.before);
        back.apps.push_back({*part.before, action, std::move(now)});
      } else if (now) {
        back.gone.push_back(std::move(now));
      }
    }
  }
  return back;
}

ApiResult<Api::Deployed> Api::try_deploy(const Call& call, Changes changes) {
  const auto possible = check_dependencies(changes);
  if (!possible) return tl::unexpected(possible.error());
  const auto unlocked = check_lock(changes.ids(), call.flag("force"));
  if (!unlocked) return tl::unexpected(unlocked.error());
  return deploy(std::move(changes));
}

/// The order of events is Marathon's: a change tells of its deployment, then of its groups; what
/// only removes the other way round.
Api::Deployed Api::deploy(Changes changes) {
  const std::string version = clock_.next(std::chrono::system_clock::now());
  std::vector<Deployment::Part> parts;
  for (const AppPtr& app : changes.gone) {
    parts.push_back({.app = app->id, .action = Action::Stop, .before = app});
    parts_.store.remove(app->id, version);
  }
  std::erase_if(changes.apps, [](const AppChange& change) { return change.is_none(); });
  for (AppChange& change : changes.apps) {
    const bool scales = change.action == Action::Scale;
    change.app.version = version;
    change.app.scaling_version = version;
    change.app.config_version = scales ? change.before->config_version : version;
    parts.push_back({.app = change.app.id, .action = change.action, .before = change.before});
    parts_.store.put(change.app);
  }
  for (const auto& [group, needed] : changes.group_needs) {
    parts_.store.set_group_needs(group, needed, version);
  }
  rank(parts);
  if (changes.apps.empty()) announce_groups(changes, version);
  const std::string id = parts_.deployments.begin(version, parts);
  if (!changes.apps.empty()) announce_groups(changes, version);
  return {id, version};
}

void Api::rank(std::vector<Deployment::Part>& parts) const {
  std::vector<std::string> apps;
  for (const AppPtr& app : parts_.store.apps()) apps.push_back(app->id);
  const auto ranks = rank_by_dependencies(apps, parts_.store.needs());
  if (!ranks) return;  // Refused before, but for what a rollback brings back: all at once then.
  for (Deployment::Part& part : parts) {
    if (const auto found = ranks->find(part.app); found != ranks->end()) part.rank = found->second;
  }
}

void Api::announce_groups(const Changes& changes, const std::string& version) {
  std::set<std::string> groups;
  for (const std::string& app : changes.ids()) groups.insert(parent_path(app));
  for (const std::string& group : groups) parts_.events.group_changed(group, version);
}

}  // namespace minimarathon
