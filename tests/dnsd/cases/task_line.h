#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/result.h"
#include "tests/dnsd/cases/script.h"
#include "watcher/task.h"

namespace dnsd::testing {

/// Whom a `task` line is about: "web.marathon", "web.marathon#2" or "web.marathon#1..40".
struct TaskSubject {
  std::string name;
  std::string framework;
  std::uint32_t first = 1;
  std::uint32_t last = 1;

  std::string id(std::uint32_t instance) const;
};
common::Expected<TaskSubject> parse_subject(const std::string& word);

/// A running task on agent S0 with nothing else to say of it.
watcher::Task new_task(const TaskSubject& subject, std::uint32_t instance);

/// Changes a task as the words of a `task` line say. Of a range, addresses count up from instance
/// to instance, starting at `step` 0.
common::Expected<void> change_task(watcher::Task& task,
                                   std::span<const std::string> words,
                                   std::uint32_t step);

/// "tcp:80", "http/tcp:80", "tcp:80@task".
common::Expected<watcher::TaskPort> parse_port(std::string_view word);
std::optional<watcher::Health> parse_health(std::string_view word);

}  // namespace dnsd::testing
