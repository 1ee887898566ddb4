#pragma once

#include <compare>
#include <cstddef>
#include <optional>
#include <string>

#include "watcher/task.h"

namespace watcher {

/// Something an orchestrator's user wrote that we refuse, in words for that user. It costs the task
/// only what the label asked for.
struct Problem {
  std::string app;
  std::optional<std::size_t> port;  // Index in definition order; none for a label of the app.
  std::string label;
  std::string value;   // At most kMaxValue octets of it.
  std::string reason;  // What is wrong, and what to write instead.

  static constexpr std::size_t kMaxValue = 200;

  friend auto operator<=>(const Problem&, const Problem&) = default;
  /// One line of key=value for a log; what strangers wrote is quoted and cannot break the line.
  std::string to_string() const;
};

/// What is wrong with one label of a task.
Problem problem_at(const Task& task,
                   std::optional<std::size_t> port,
                   const Labels::value_type& label,
                   std::string reason = {});

}  // namespace watcher
