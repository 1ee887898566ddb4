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
#include "vipd/server/access_log.h"
#include "vipd/server/counters.h"
#include "vipd/server/moving.h"
#include "vipd/server/poller.h"
#include "vipd/server/readmission.h"
#include "vipd/server/reminder.h"
#include "vipd/server/server_names.h"
#include "vipd/server/service.h"
#include "vipd/server/source_counts.h"
#include "vipd/server/tcp_socket.h"

namespace vipd {

/// All sessions of one worker, from the accepted client to the last byte: connects a backend, then
/// relays, with a limit on both. Lives on the worker's thread.
///
/// Connecting (connect.cc): one backend after another at no cost to the client, whose bytes are
/// still in the kernel. One that is silent for longer than it should be gets a rival (hedge.cc);
/// who accepts first has the session.
class Sessions {
 public:
  /// `now` is the worker's clock, set once a turn.
  Sessions(Poller& poller,
           const config::Vip& options,
           WorkerCounters& counters,
           const ServerNames& names,
           AccessLog& access_log,
           Readmission& readmission,
           const TimePoint& now);

  /// Whether there is room for one more session, in all, behind this VIP and for this client.
  bool has_room(const Service& service, const common::SocketAddress& from) const;
  /// Begins a session for an accepted client. False when this host has no descriptor or memory
  /// left for it; the client is reset then. Precondition: has_room().
  bool open(common::UniqueFd client, const common::SocketAddress& from, Service& service);

  /// Whether this process is short of memory: then nothing more is kept for readers that are slow.
  void note_memory(bool is_short) { pool_.let_grow(!is_short); }

  /// Gives up descriptors that are held only to be at hand. True if there were any.
  bool free_descriptors() { return pipes_.close_spare(); }

  void on_client(SlotId id, const Readiness& now);
  void on_backend(SlotId id, Lane lane, const Readiness& now);

  /// Gives sessions that had more to do than one turn allows their next turn, and those that wait
  /// for a backend with room theirs.
  void run_unfinished();
  bool has_unfinished() const { return !unfinished_.empty() || has_new_room_; }

  void expire();  // Ends attempts and sessions whose time is up.
  std::optional<TimePoint> next_deadline() const;

  /// Takes every session off a target, which may be gone afterwards: resets those that have relayed
  /// something, connects the others elsewhere.
  void reset_all(Target& target);
  void reset_all();  // Resets every session there is: vipd stops.

  /// Gives all sessions away, to go on elsewhere; nothing else may be done with this then
  /// (move.cc).
  std::vector<MovedSession> hand_over();
  /// Goes on with a session from elsewhere. Without a target, or one that has no backend yet, it is
  /// connected anew.
  void adopt(MovedSession moved, Service& service, Target* target);
  std::size_t size() const { return slab_.size(); }

 private:
  using Clock = std::chrono::steady_clock;

  enum class Phase : std::uint8_t {
    Greeting,    // The client's PROXY header or its ClientHello is awaited,
    Connecting,  // then a backend's answer is awaited,
    Pausing,     // or the next round, as all refused,
    Queued,      // or room, as every backend has as many sessions as it may.
    Relaying,
  };

  /// A connection attempt beside the first one.
  struct Hedge {
    TcpSocket socket;
    Target* target = nullptr;
    std::uint32_t position = 0;  // In target->sessions.
    Clock::time_point began;
  };
  static constexpr std::uint32_t kNoHedge = UINT32_MAX;
  static constexpr std::uint32_t kHedgeMark = 1;  // In Target::sessions: slot * 2, plus this.

  struct Entry {
    Entry(TcpSocket client, Service& behind) : session(std::move(client)), service(&behind) {}

    Session<TcpSocket> session;
    Service* service;
    SlotId id;
    Target* target = nullptr;
    std::uint32_t position = 0;  // In target->sessions.
    std::uint32_t hedge = kNoHedge;
    Phase phase = Phase::Connecting;
    Lane lane = Lane::Even;       // Of the backend's socket; that of the hedge is the other.
    std::uint8_t timeouts = 0;    // Attempts that took vip.connect_timeout.
    bool unfinished = false;      // Is in unfinished_.
    bool retrying = false;        // Counts in retrying_.
    bool half_closed = false;     // One end has finished, and the short limit was set.
    bool watched = false;         // Keepalive is on.
    bool answered = false;        // The backend has sent something.
    std::uint16_t attempted = 0;  // Attempts of this round.
    Attempts attempts;
    std::optional<TimePoint> refused;  // When every backend had refused for the first time.
    TimePoint last_moved;              // When bytes moved last.
    Clock::time_point began;           // The attempt, and later the session; by the precise clock.
    std::unique_ptr<ProxiedAddresses> proxied;  // What the client's PROXY header said.
    std::uint64_t source = 0;              // Hash of the client's address, where these are counted.
    std::unique_ptr<AccessRecord> record;  // With an access log only.
  };

  // move.cc
  MovedSession pack(Entry& entry);
  void resume(Entry& entry, MovedSession& moved, Target& target);

  // greeting.cc
  void read_greeting(Entry& entry, const Readiness& now);
  void read_proxy_greeting(Entry& entry, const Readiness& now);
  void read_hello(Entry& entry, const Readiness& now);
  void move_to(Entry& entry, Service& service);
  bool greet(Entry& entry);

  // connect.cc
  bool connect(Entry& entry);
  bool may_attempt(Entry& entry);
  std::optional<int> begin_attempt(Entry& entry, Target& target);
  void connection_broke(Entry& entry, const Readiness& now);
  void attempt_failed(Entry& entry, int error);  // Errno values, as is the next.
  void abandon(Entry& entry);
  bool is_bounced(const Entry& entry) const;
  void bounced(Entry& entry);
  void begin_anew(Entry& entry);
  void go_elsewhere(Entry& entry);
  void blame(Entry& entry, Target& target, int error);
  void ejected(Service& service, Target& target);
  void give_up(Entry& entry);
  void queue(Entry& entry);
  void wake_queued();
  void attempt_expired(Entry& entry);
  std::optional<common::IpAddress> shown_client(Entry& entry);
  TimePoint attempt_deadline(const Entry& entry) const;
  void connected(Entry& entry, const Readiness& now);
  void attach(Entry& entry, Target& target);
  void detach(Entry& entry);
  void leave(Target& target, std::uint32_t position, Service& service);

  // hedge.cc
  void hedge(Entry& entry);
  void begin_hedge(Entry& entry, Target& target);
  void on_hedge(Entry& entry, const Readiness& now);
  void promote_hedge(Entry& entry);
  void drop_hedge(Entry& entry);

  // sessions.cc
  Entry& admit(TcpSocket client, const common::SocketAddress& from, Service& service);
  void await_greeting(Entry& entry);
  void run(Entry& entry);
  void count_bytes(Entry& entry, std::size_t upstream, std::size_t downstream);
  void count_end(Entry& entry, EndCause cause);
  void look_at(Entry& entry);
  TimePoint next_look(const Entry& entry) const;
  std::optional<TimePoint> end_of_life(const Entry& entry) const;
  void finish(Entry& entry, EndCause cause);
  void count_early_reset(Entry& entry);
  bool ends_with_reset(const Entry& entry, EndCause cause) const;
  bool is_quiet(const Entry& entry) const;

  Poller& poller_;
  WorkerCounters& counters_;
  const ServerNames& names_;
  const TimePoint& now_;
  const config::Vip options_;
  const std::size_t limit_;

  AccessLog& access_log_;
  Readmission& readmission_;
  Reminder local_failures_;
  Pipes pipes_;  // Outlives the sessions, which hold some.
  Slab<Entry> slab_;
  Slab<Hedge> hedges_;
  SourceCounts sources_;
  std::size_t retrying_ = 0;  // Sessions that are at their second attempt or beyond.
  TimerWheel connecting_;     // Entries are slots, here
  TimerWheel idle_;           // and here.
  std::vector<SlotId> unfinished_;
  std::vector<SlotId> queued_;  // First come, first served.
  std::vector<SlotId> woken_;   // Memory for wake_queued().
  bool has_new_room_ = false;   // A backend lost a session while somebody waits.
  BufferPool pool_;
  std::unique_ptr<std::byte[]> scratch_;
  Workspace<TcpSocket> work_;
};

}  // namespace vipd
