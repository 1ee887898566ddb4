#pragma once

#include <memory>
#include <string>
#include <utility>

#include "watcher/catalog/change.h"

/// Tasks and changes for tests of the zones.
namespace dnsd::testing {

inline common::IpAddress ip(const char* text) { return common::IpAddress::parse(text).value(); }

/// A running task of Marathon on agent S0 at 10.0.0.1, with one port.
inline watcher::Task sample_task(std::string id = "test", std::string name = "web") {
  watcher::Task task;
  task.key = {"marathon", std::move(id)};
  task.app = "/" + name;
  task.name = std::move(name);
  task.framework = "marathon";
  task.agent_id = "20170301-S0";
  task.agent_addresses = {ip("10.0.0.1")};
  task.host_ports = {31000};
  task.state = watcher::TaskState::Running;
  return task;
}

inline watcher::TaskPtr share(watcher::Task task) {
  return std::make_shared<const watcher::Task>(std::move(task));
}

/// A change of one task.
inline watcher::Change change_of(watcher::TaskPtr before,
                                 watcher::TaskPtr after,
                                 std::uint64_t generation = 1) {
  watcher::Change change;
  change.generation = generation;
  change.synced = true;
  change.tasks.push_back({std::move(before), std::move(after)});
  return change;
}

}  // namespace dnsd::testing
