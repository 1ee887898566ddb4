#include "minimarathon/store.h"

#include <memory>
#include <set>
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

bool Store::has_group(const std::string& id) const { return id == "/" || groups_.contains(id); }

std::vector<std::string> Store::groups_in(const std::string& group) const {
  std::vector<std::string> inside;
  for (const auto& [id, group_inside] : groups_) {
    if (id != "/" && parent_path(id) == group) inside.push_back(id);
  }
  return inside;
}

Needs Store::needs() const {
  Needs needs;
  for (const auto& [id, versions] : apps_) needs[id] = versions.front()->dependencies;
  for (const auto& [id, group] : groups_) needs[id] = group.needs;
  return needs;
}

std::vector<std::string> Store::group_needs(const std::string& id) const {
  const auto found = groups_.find(id);
  return found == groups_.end() ? std::vector<std::string>() : found->second.needs;
}

void Store::set_group_needs(const std::string& id,
                            std::vector<std::string> needed,
                            const std::string& version) {
  touch_group(id, version);
  groups_[id].needs = std::move(needed);
}

std::string Store::group_version(const std::string& id) const {
  const auto found = groups_.find(id);
  return found == groups_.end() ? "1970-01-01T00:00:00.000Z" : found->second.version;
}

void Store::touch_group(const std::string& id, const std::string& version) {
  groups_[id].version = version;
  if (id != "/") touch_group(parent_path(id), version);
}

void Store::remove_group(const std::string& id, const std::string& version) {
  std::erase_if(groups_,
                [&](const auto& group) { return group.first == id || is_below(group.first, id); });
  touch_group(parent_path(id), version);
}

AppPtr Store::put(App app) {
  touch_group(parent_path(app.id), app.version);
  auto& versions = apps_[app.id];
  versions.push_front(std::make_shared<const App>(std::move(app)));
  if (versions.size() > kMaxVersions) versions.pop_back();
  return versions.front();
}

void Store::remove(const std::string& id, const std::string& version) {
  apps_.erase(id);
  touch_group(parent_path(id), version);
}

ServicePortSource Store::service_ports() const {
  constexpr std::uint32_t kFirst = 10000;  // --local_port_min
  constexpr std::uint32_t kLast = 20000;   // --local_port_max
  auto taken = std::make_shared<std::set<std::uint32_t>>();
  for (const auto& [id, versions] : apps_) {
    for (const AppPort& port : versions.front()->ports) taken->insert(port.service_port);
  }
  return [taken, next = kFirst]() mutable -> std::uint16_t {
    while (taken->contains(next)) ++next;
    return next <= kLast ? static_cast<std::uint16_t>(next++) : 0;
  };
}

}  // namespace minimarathon
