#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "admin/json_text.h"
#include "watcher/catalog/catalog.h"

namespace admin {

/// Names a service: the app, and the scheduler that runs it.
struct ServiceId {
  watcher::SharedString framework;
  watcher::SharedString app;

  static ServiceId of(const watcher::Task& task) { return {task.framework, task.app}; }
  friend bool operator==(const ServiceId&, const ServiceId&) = default;
  friend std::strong_ordering operator<=>(const ServiceId& a, const ServiceId& b) {
    const auto order = compare(a.framework, b.framework);
    return order == 0 ? compare(a.app, b.app) : order;
  }

 private:
  /// Most that are compared are one and the same text.
  static std::strong_ordering compare(const watcher::SharedString& a,
                                      const watcher::SharedString& b) {
    return &*a == &*b ? std::strong_ordering::equal : *a <=> *b;
  }
};

/// An app with all that runs of it and all VIPs that lead to it.
struct Service {
  std::map<watcher::TaskKey, watcher::TaskPtr> tasks;
  std::map<watcher::VipId, watcher::VipPtr> vips;
  std::uint64_t generation = 0;  // In which it last changed; 0: in none yet.
};

std::string_view to_string(watcher::BackendState state);  // "passing"

/// {"app", "framework", "tasks": […], "vips": […]}, sorted by id.
void write(const ServiceId& id, const Service& service, JsonText& out);

/// {"generation", "synced", "services": […]}, sorted by framework and app. Cost follows the size of
/// the catalog.
std::string services_text(const watcher::Snapshot& snapshot);

}  // namespace admin
