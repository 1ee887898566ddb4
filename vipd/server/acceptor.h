#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "common/unique_fd.h"
#include "vipd/server/poller.h"
#include "vipd/server/reminder.h"
#include "vipd/server/service.h"
#include "vipd/server/sessions.h"

namespace vipd {

/// Takes clients from the listeners of one worker, and turns away with a reset those there is no
/// room for. Lives on the worker's thread.
class Acceptor {
 public:
  Acceptor(Poller& poller, Sessions& sessions, WorkerCounters& counters, const TimePoint& now);

  /// Tells that a round of events begins, and whether this process is short of memory in it: then
  /// clients are turned away.
  void begin_turn(bool short_of_memory) {
    ++turn_;
    short_of_memory_ = short_of_memory;
  }
  /// Accepts a few of those who wait at the service's listener.
  void on_ready(Service& service);
  /// Accepts all who wait there: it will be closed.
  void accept_all(Service& service) {
    while (accept_one(service)) {
    }
  }

  /// Listens again to what was paused when descriptors ran out; `find` gives the service of an id,
  /// or null.
  template <class Find>
  void resume_due(Find find) {
    if (paused_.empty() || now_ < resume_at_) return;
    for (const SlotId id : std::exchange(paused_, {})) {
      if (Service* service = find(id)) resume(*service);
    }
  }
  std::optional<TimePoint> next_deadline() const;

 private:
  bool accept_one(Service& service);
  bool accept_failed(Service& service, int error);
  void shed_one(Service& service);
  void turn_away(Service& service, common::UniqueFd client, EndCause cause);
  void pause(Service& service);
  void resume(Service& service);

  Poller& poller_;
  Sessions& sessions_;
  WorkerCounters& counters_;
  const TimePoint& now_;
  std::uint64_t turn_ = 1;
  bool short_of_memory_ = false;
  common::UniqueFd spare_;  // Given up to accept a client when nothing else is left.
  Reminder shortage_;
  std::vector<SlotId> paused_;
  TimePoint resume_at_;
};

}  // namespace vipd
