#include "minimarathon/store.h"

#include <memory>
#include <utility>

#include "minimarathon/path.h"

namespace minimarathon {

AppPtr Store::find(const std::string& id) const {
  const auto found = apps_.find(id);
  return found == apps_.end() ? nullptr : found->second.front();
}

std::vector<AppPtr> Store::apps() const { return apps_below("/"); }

std::vector<AppPtr> Store::apps_below(const std::string& group) const {
  std::vector<AppPtr> below;
  for (const auto& [id, versions] : apps_) {
    if (is_below(id, group)) below.push_back(versions.front());
  }
  return below;
}

std::vector<AppPtr> Store::versions(const std::string& id) const {
  const auto found = apps_.find(id);
  if (found == apps_.end()) return {};
  return {found->second.begin(), found->second.end()};
}

AppPtr Store::version(const std::string& id, const std::string& version) const {
  for (const AppPtr& app : versions(id)) {
    if (app->version == version) return app;
  }
  return nullptr;
}

bool Store::has_group(const std::string& id) const {
  if (id == "/" || groups_.contains(id)) return true;
  for (const std::string& group : groups_) {
    if (is_below(group, id)) return true;
  }
  return !apps_below(id).empty();
}

void Store::remove_group(const std::string& id) {
  std::erase_if(groups_,
                [&](const std::string& group) { return group == id || is_below(group, id); });
}

AppPtr Store::put(App app, const std::string& version, Tasks tasks) {
  const AppPtr known = find(app.id);
  app.version = version;
  app.config_version = known && tasks == Tasks::StayCurrent ? known->config_version : version;
  app.scaling_version = version;
  auto& versions = apps_[app.id];
  versions.push_front(std::make_shared<const App>(std::move(app)));
  if (versions.size() > kMaxVersions) versions.pop_back();
  return versions.front();
}

void Store::remove(const std::string& id) { apps_.erase(id); }

ServicePortSource Store::service_ports() const {
  constexpr std::uint16_t kFirst = 10000;  // --local_port_min
  auto taken = std::make_shared<std::set<std::uint16_t>>();
  for (const auto& [id, versions] : apps_) {
    for (const AppPort& port : versions.front()->ports) taken->insert(port.service_port);
  }
  return [taken] {
    std::uint16_t port = kFirst;
    while (taken->contains(port)) ++port;
    taken->insert(port);
    return port;
  };
}

}  // namespace minimarathon
