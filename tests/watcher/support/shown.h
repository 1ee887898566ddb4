#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include "watcher/update.h"

namespace watcher {

/// For tests: the tasks that a consumer of updates knows, as a catalog would, and which of them a
/// batch took out of service.
class Shown {
 public:
  /// Returns the ids of tasks that ran before and do not after.
  std::set<std::string> apply(const std::vector<Update>& updates) {
    std::set<std::string> down;
    for (const Update& update : updates) {
      if (const auto* reset = std::get_if<Reset>(&update)) {
        down.merge(running());
        tasks_.clear();
        for (const Task& task : reset->tasks) put(task, down);
      } else if (const auto* upsert = std::get_if<Upsert>(&update)) {
        put(upsert->task, down);
      } else if (const auto* remove = std::get_if<Remove>(&update)) {
        const auto gone = tasks_.extract(remove->key);
        if (gone && gone.mapped().state == TaskState::Running) down.insert(remove->key.id);
      }
    }
    return down;
  }

  std::set<std::string> running() const {
    std::set<std::string> ids;
    for (const auto& [key, task] : tasks_) {
      if (task.state == TaskState::Running) ids.insert(key.id);
    }
    return ids;
  }
  const std::map<TaskKey, Task>& tasks() const { return tasks_; }

 private:
  void put(const Task& task, std::set<std::string>& down) {
    Task& shown = tasks_[task.key];
    const bool was_up = shown.state == TaskState::Running;
    shown = task;
    if (shown.state == TaskState::Running) {
      down.erase(shown.key.id);
    } else if (was_up) {
      down.insert(shown.key.id);
    }
  }

  std::map<TaskKey, Task> tasks_;
};

}  // namespace watcher
