#include "watcher/task.h"

#include <algorithm>

#include "common/hash.h"

namespace watcher {
namespace {

bool speaks_for(Health health) { return health == Health::None || health == Health::Passing; }

/// An unreachable task counts only when our own probe has seen it alive (design decision 6).
bool is_alive(const Task& task, const TaskPort& port) {
  if (task.state == TaskState::Unreachable) return port.probe == Health::Passing;
  return task.state == TaskState::Running && task.ready && speaks_for(task.health);
}

}  // namespace

const std::string* find_label(const Labels& labels, std::string_view key) {
  const auto label = labels.find(key);
  return label == labels.end() ? nullptr : &label->second;
}

std::vector<common::SocketAddress> endpoints_of(const Task& task, const TaskPort& port) {
  std::vector<common::SocketAddress> endpoints;
  const auto& own = port.addresses.empty() ? task.addresses : port.addresses;
  const auto& addresses = port.reach == Reach::Agent ? task.agent_addresses : own;
  endpoints.reserve(addresses.size());
  for (const IpAddress& address : addresses) endpoints.push_back({address, port.port});
  return endpoints;
}

bool is_passing(const Task& task, const TaskPort& port) {
  return is_alive(task, port) && speaks_for(port.probe);
}

bool is_passing(const Task& task) {
  if (task.ports.empty()) {
    return task.state == TaskState::Running && task.ready && speaks_for(task.health);
  }
  return std::all_of(task.ports.begin(), task.ports.end(), [&](const TaskPort& port) {
    return is_passing(task, port);
  });
}

bool is_usable(const Task& task) {
  return task.state == TaskState::Running || task.state == TaskState::Unreachable;
}

std::string_view to_string(TaskState state) {
  switch (state) {
    case TaskState::Starting:
      return "starting";
    case TaskState::Running:
      return "running";
    case TaskState::Killing:
      return "killing";
    case TaskState::Unreachable:
      return "unreachable";
    case TaskState::Ended:
      return "ended";
  }
  return "";
}

std::string_view to_string(Health health) {
  switch (health) {
    case Health::None:
      return "none";
    case Health::Unknown:
      return "unknown";
    case Health::Passing:
      return "passing";
    case Health::Failing:
      return "failing";
  }
  return "";
}

std::string_view to_string(Protocol protocol) { return protocol == Protocol::Tcp ? "tcp" : "udp"; }

}  // namespace watcher

std::size_t std::hash<watcher::TaskKey>::operator()(const watcher::TaskKey& key) const noexcept {
  return common::mix(common::hash_bytes(key.source) + common::hash_bytes(key.id) +
                     3 * common::hash_bytes(key.scope));
}
