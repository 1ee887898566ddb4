#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "common/unique_fd.h"
#include "config/settings.h"
#include "vipd/balance/balancer.h"
#include "vipd/relay/session.h"
#include "vipd/relay/slab.h"
#include "vipd/relay/timer_wheel.h"
#include "vipd/server/counters.h"
#include "vipd/server/poller.h"
#include "vipd/server/service.h"
#include "vipd/server/tcp_socket.h"

namespace vipd {

/// All sessions of one worker, from the accepted client to the last byte: connects a backend, then
/// relays, with a limit on both. Lives on the worker's thread.
class Sessions {
 public:
  /// `now` is the worker's clock, set once a turn.
  Sessions(Poller& poller,
           const config::Vip& options,
           WorkerCounters& counters,
           const TimePoint& now);

  bool full() const { return slab_.size() >= limit_; }
  /// Begins a session for an accepted client. False when this host has no descriptor or memory
  /// left for it; the client is reset then. Precondition: not full().
  bool open(common::UniqueFd client, Service& service);

  void on_client(SlotId id, const Readiness& now);
  void on_backend(SlotId id, const Readiness& now);

  /// Gives sessions that had more to do than one turn allows their next turn.
  void run_unfinished();
  bool has_unfinished() const { return !unfinished_.empty(); }

  void expire();  // Ends connection attempts and idle sessions whose time is up.
  std::optional<TimePoint> next_deadline() const;

  /// Resets every session of a target, which may be gone afterwards.
  void reset_all(Target& target);
  void reset_all();  // And every session there is: vipd stops.

 private:
  enum class Phase : std::uint8_t {
    Connecting,  // A backend's answer is awaited,
    Pausing,     // or the next round, as all refused.
    Relaying,
  };

  struct Entry {
    Entry(TcpSocket client, Service& behind) : session(std::move(client)), service(&behind) {}

    Session<TcpSocket> session;
    Service* service;
    SlotId id;
    Target* target = nullptr;
    std::uint32_t position = 0;  // In target->sessions.
    Phase phase = Phase::Connecting;
    std::uint8_t timeouts = 0;  // Attempts that took vip.connect_timeout.
    bool unfinished = false;    // Is in unfinished_.
    Attempts attempts;
    std::optional<TimePoint> refused;  // When every backend had refused for the first time.
    TimePoint last_moved;              // When bytes moved last.
  };

  bool connect(Entry& entry);
  std::optional<int> begin_attempt(Entry& entry, Target& target);
  void connection_broke(Entry& entry, const Readiness& now);
  void attempt_failed(Entry& entry, ConnectFailure cause);
  void give_up(Entry& entry);
  void connected(Entry& entry, const Readiness& now);
  void run(Entry& entry);
  void finish(Entry& entry, EndCause cause);
  void attach(Entry& entry, Target& target);
  void detach(Entry& entry);

  Poller& poller_;
  WorkerCounters& counters_;
  const TimePoint& now_;
  const std::chrono::milliseconds connect_timeout_;
  const std::chrono::milliseconds idle_timeout_;
  const std::size_t limit_;

  Slab<Entry> slab_;
  TimerWheel connecting_;  // Entries are slots, here
  TimerWheel idle_;        // and here.
  std::vector<SlotId> unfinished_;
  BufferPool pool_;
  std::unique_ptr<std::byte[]> scratch_;
  Workspace work_;
};

}  // namespace vipd
