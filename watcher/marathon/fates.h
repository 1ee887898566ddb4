#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/hash.h"
#include "watcher/marathon/model.h"

namespace watcher::marathon {

/// What events said for good about tasks, known or not, so that no late event or slow answer
/// resurrects one. Bounded: beyond 131 072 the older half of what is kept goes.
class Fates {
 public:
  /// It has ended: its id never comes back. Kept for ten minutes, longer than any answer takes.
  void end(const std::string& task, TimePoint now);
  /// It is being killed. Without the task_killing feature, lists call it running until it is dead;
  /// Marathon repeats an unanswered kill after 30 s. Believed for `grace` and two minutes more.
  void kill(const std::string& task, std::chrono::milliseconds grace, TimePoint now);

  bool has_ended(std::string_view task, TimePoint now) const;
  bool is_doomed(std::string_view task, TimePoint now) const;  // Ended or being killed.

  void forget_old(TimePoint now);
  std::size_t size() const { return fates_.size(); }

 private:
  struct Fate {
    bool ended = false;
    TimePoint until;
  };
  void set(const std::string& task, Fate fate, TimePoint now);

  std::unordered_map<std::string, Fate, common::StringHash, std::equal_to<>> fates_;
};

}  // namespace watcher::marathon
