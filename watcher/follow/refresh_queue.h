#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "watcher/follow/action.h"

namespace watcher {

enum class Haste : std::uint8_t {
  Now,   // Serving may change: ask as soon as the interval allows.
  Soon,  // Nothing new for clients: let more hints gather for one interval.
};

/// Decides what to ask about and when: the first question about a key at once, then at most one per
/// interval and one at a time, however many hints arrive. Cost per call: logarithmic.
class RefreshQueue {
 public:
  struct Question {
    std::string key;
    TimePoint heard;  // Of the first hint it will answer.
  };

  explicit RefreshQueue(std::chrono::milliseconds interval) : interval_(interval) {}

  void mark(const std::string& key, TimePoint now, Haste haste);
  /// The next key whose time has come; the caller asks and reports done() with the answer.
  std::optional<Question> pop(TimePoint now);
  void done(const std::string& key);
  /// No question about `key` before `until`.
  void hold(const std::string& key, TimePoint until);
  void release(const std::string& key);  // Lifts a hold().

  void clear();
  void forget_idle(TimePoint now);  // Frees what is neither marked, asked nor held.
  TimePoint next() const;           // When pop() will have something; max() when nothing waits.
  std::size_t waiting() const { return due_.size(); }

 private:
  struct Slot {
    bool asking = false;
    bool marked = false;
    TimePoint wanted;    // When marked: the time the hints ask for.
    TimePoint heard;     // When marked: the first hint.
    TimePoint earliest;  // The interval after the last question.
    TimePoint held;      // Until then, hold() forbids it.
    TimePoint due() const { return std::max({wanted, earliest, held}); }
  };
  using Slots = std::map<std::string, Slot>;

  template <class Change>
  void reschedule(Slots::iterator slot, Change change);

  std::chrono::milliseconds interval_;
  Slots slots_;
  std::set<std::pair<TimePoint, std::string>> due_;  // Slots that are marked and not being asked.
};

}  // namespace watcher
