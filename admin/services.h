#pragma once

#include <boost/json/fwd.hpp>
#include <compare>
#include <cstdint>
#include <map>
#include <string_view>

#include "watcher/catalog/catalog.h"

namespace admin {

/// Names a service: the app, and the scheduler that runs it.
struct ServiceId {
  watcher::SharedString framework;
  watcher::SharedString app;

  static ServiceId of(const watcher::Task& task) { return {task.framework, task.app}; }
  friend auto operator<=>(const ServiceId&, const ServiceId&) = default;
};

/// An app with all that runs of it and all VIPs that lead to it.
struct Service {
  std::map<watcher::TaskKey, watcher::TaskPtr> tasks;
  std::map<watcher::VipId, watcher::VipPtr> vips;
  std::uint64_t generation = 0;  // In which it last changed; 0: in none yet.
};

std::string_view to_string(watcher::BackendState state);  // "passing"

/// {"app", "framework", "tasks": […], "vips": […]}, sorted by id.
boost::json::object describe(const ServiceId& id, const Service& service);

/// {"generation", "synced", "services": […]}, sorted by framework and app. Cost follows the size of
/// the catalog.
boost::json::value describe_services(const watcher::Snapshot& snapshot);

}  // namespace admin
