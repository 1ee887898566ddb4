#pragma once

#include <compare>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/ip.h"
#include "common/result.h"
#include "common/shared.h"
#include "watcher/task.h"

namespace watcher {

enum class DrainKind : std::uint8_t { Task, Agent, Endpoint };

/// What the operator drains: it takes no new clients until told otherwise, and keeps those it has.
struct Drain {
  DrainKind kind{};
  /// A task's id; an agent's id or address, in lower case; or "ADDRESS:PORT".
  std::string name;

  /// Errors: InvalidInput, saying what is expected.
  static common::Expected<Drain> read(DrainKind kind, std::string_view name);
  std::string to_string() const;  // "agent 10.0.0.7"

  friend auto operator<=>(const Drain&, const Drain&) = default;
};

/// "task", "agent" or "endpoint".
std::string_view to_string(DrainKind kind);

/// All that the operator drains, in place of what was drained before. As an update of the catalog
/// it costs a look at every task; those that come later cost a probe or two.
///
/// A task or endpoint is forgotten when its last task goes; an agent stays until told otherwise.
struct Drains {
  static constexpr std::size_t kMost = 1000;

  common::Shared<std::set<Drain>> all = {};

  /// Is the whole task named, by its id or its agent?
  bool hold(const Task& task) const;
  /// Is this port named, by an endpoint of it?
  bool hold(const Task& task, const TaskPort& port) const;
  /// Marks the task and its ports as they are held.
  void mark(Task& task) const;
  bool is_marked(const Task& task) const;
  /// Is the task named, or one of its ports?
  bool hold_any_of(const Task& task) const;
  /// Those drains of a task or an endpoint that the task stands for, each looked up.
  std::vector<Drain> about(const Task& task) const;

  friend bool operator==(const Drains&, const Drains&) = default;
};

}  // namespace watcher
