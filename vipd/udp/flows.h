#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "common/unique_fd.h"
#include "config/settings.h"
#include "vipd/relay/timer_wheel.h"
#include "vipd/server/access_log.h"
#include "vipd/server/counters.h"
#include "vipd/server/moving.h"
#include "vipd/server/poller.h"
#include "vipd/server/reminder.h"
#include "vipd/server/service.h"
#include "vipd/udp/flow_table.h"
#include "vipd/udp/udp_socket.h"

namespace vipd {

/// All UDP flows of one worker. A client that sends to a VIP gets a backend and a socket connected
/// to it, for as long as datagrams go to and fro; its answers leave through the VIP's own socket,
/// so that their source is what the client sent to. Lives on the worker's thread.
///
/// A datagram is passed on whole or not at all, and what is not is counted. When the backend of a
/// flow is gone, refuses or fails while others pass, the next datagram goes to another one; one
/// that drains keeps its flows.
class Flows {
 public:
  /// `now` is the worker's clock, set once a turn.
  Flows(Poller& poller,
        const config::Vip& options,
        WorkerCounters& counters,
        AccessLog& access_log,
        const TimePoint& now);

  void on_datagrams(Service& service);
  void on_reply(SlotId id);

  void expire();  // Ends flows that were silent for too long.
  std::optional<TimePoint> next_deadline() const { return timers_.next_tick(); }

  /// Takes every flow off a target, which may be gone afterwards: they go on elsewhere.
  void leave(Target& target);
  void end_all(Service& service);  // Its VIP is closed.

  /// Gives all flows away, those first that were silent longest; nothing else may be done with this
  /// then.
  std::vector<MovedFlow> hand_over();
  /// Goes on with a flow from elsewhere, if there is room for it.
  void adopt(MovedFlow moved, Service& service, Target& target);

 private:
  struct State {
    Service* service = nullptr;  // It stays as long as it has flows.
    common::UniqueFd socket;
    Target* target = nullptr;    // Null before the first backend, and after it went.
    std::uint32_t position = 0;  // In target->sessions.
    TimePoint moved{};           // When the last datagram went either way,
    bool answered = false;       // and whether it was an answer.
    std::chrono::steady_clock::time_point asked;  // The first datagram to this backend.
    bool has_answered = false;                    // This backend, ever.
    bool in_bursts = false;                       // It answers so; see receive_bursts().
    std::unique_ptr<AccessRecord> record;         // With an access log only.
  };
  using Table = FlowTable<State>;
  using Flow = Table::Flow;

  Flow& flow_of(const common::SocketAddress& client, Service& service);
  Flow& begin(const common::SocketAddress& client, Service& service);
  void pass_on(Flow& flow, std::size_t first, std::size_t last);
  bool has_backend(Flow& flow, Attempts& attempts);
  bool connect(Flow& flow, Target& target);
  bool attach(Flow& flow, Target& target, common::UniqueFd socket);
  void count_bytes(Flow& flow, std::size_t upstream, std::size_t downstream);
  void note_answer(Flow& flow);
  void backend_failed(Flow& flow, int error);
  void blame(Service& service, Target& target, int error);
  void detach(Flow& flow);
  void end(Flow& flow, EndCause cause);
  TimePoint deadline(const Flow& flow) const;

  Poller& poller_;
  WorkerCounters& counters_;
  AccessLog& access_log_;
  const TimePoint& now_;
  const config::Vip options_;
  Reminder local_failures_;
  Table table_;
  TimerWheel timers_;  // Entries are slots.
  Datagrams batch_;
};

}  // namespace vipd
