#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "config/settings.h"
#include "vipd/relay/slab.h"
#include "vipd/server/poller.h"
#include "vipd/server/service.h"
#include "vipd/server/tcp_socket.h"

namespace vipd {

/// Brings ejected backends back: connects to them when they are due and tells the balancer how that
/// ended, so that no client has to find out. Each worker checks what it has ejected itself; the
/// prober's checks, which know more, reach it through the table. Lives on the worker's thread.
class Readmission {
 public:
  /// Checks under way at a time; those that are due wait. For when a whole rack is gone.
  static constexpr std::size_t kParallel = 64;

  Readmission(Poller& poller, const config::Vip& options, const TimePoint& now)
      : poller_(poller), timeout_(options.connect_timeout), now_(now) {}

  /// A target was ejected: it is checked when its time has come, until it is back or gone.
  void watch(const Service& service, const Target& target);

  /// `find` gives the service of an id, or null, here and below.
  template <class Find>
  void on_event(SlotId id, const Readiness& now, Find find) {
    if (const Check* check = checks_.find(id)) looked(*check, now, find(check->whom.service));
  }
  template <class Find>
  void run_due(Find find) {
    while (!expiring_.empty() && expiring_.begin()->first <= now_) {
      const Check* check = checks_.find(expiring_.begin()->second);
      expiring_.erase(expiring_.begin());
      if (check != nullptr) finish(*check, Result::Failed, find(check->whom.service));
    }
    while (!due_.empty() && due_.begin()->first <= now_ && checks_.size() < kParallel) {
      const Whom whom = due_.extract(due_.begin()).mapped();
      if (Service* service = find(whom.service)) begin(whom, *service);
    }
  }
  std::optional<TimePoint> next_deadline() const;

 private:
  /// Whom a check is about. Ejected anew meanwhile, it is due at another time and has another one.
  struct Whom {
    SlotId service;
    std::uint32_t target = 0;
    TimePoint due;
  };
  struct Check {
    SlotId id;
    Whom whom;
    TcpSocket socket;
  };
  enum class Result : std::uint8_t { Passed, Failed, Unknown };

  static Target* still_ejected(const Whom& whom, Service* service);
  void begin(const Whom& whom, Service& service);
  void looked(const Check& check, const Readiness& now, Service* service);
  void finish(const Check& check, Result result, Service* service);
  void settle(const Whom& whom, Result result, Service* service);

  Poller& poller_;
  const config::Milliseconds timeout_;
  const TimePoint& now_;
  Slab<Check> checks_;
  std::multimap<TimePoint, Whom> due_;
  std::multimap<TimePoint, SlotId> expiring_;  // When checks under way have failed.
};

}  // namespace vipd
