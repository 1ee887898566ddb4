#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/hash.h"
#include "common/ip.h"
#include "dnsd/forward/cache.h"
#include "dnsd/forward/casing.h"
#include "dnsd/forward/counters.h"
#include "dnsd/forward/question.h"
#include "dnsd/forward/resolved.h"
#include "dnsd/forward/routes.h"
#include "dnsd/forward/upstream_health.h"
#include "dnsd/forward/upstream_message.h"

namespace dnsd {

/// One query sent to one upstream; never used twice.
using AttemptId = std::uint64_t;

/// How the forwarder acts: sockets, an alarm, chance. Never calls the forwarder from inside one of
/// these; replies and the alarm come from the loop.
class ForwardNetwork {
 public:
  enum class Protocol : std::uint8_t { Udp, Tcp };

  virtual ~ForwardNetwork() = default;
  /// Leads to one on_reply(), unless cancelled. Over UDP, a truncated reply is fetched over TCP.
  virtual void send(AttemptId attempt,
                    const common::SocketAddress& upstream,
                    Protocol protocol,
                    std::span<const std::uint8_t> query) = 0;
  virtual void cancel(AttemptId attempt) = 0;
  virtual void wake_at(TimePoint when) = 0;  // Leads to on_wake(); the last call counts.
  virtual std::uint64_t random() = 0;        // Not to be guessed.
};

struct ForwardPolicy {
  ForwardRoutes routes;
  std::chrono::milliseconds timeout{4000};
  std::size_t queries = 1000;  // Under way at a time.
  bool use_0x20 = true;
  bool prefetch = true;
  ForwardCache::Limits cache;
  TtlLimits ttl;
  SipKey secret{};  // Of the cache's table and of the case of names.
};

/// Answers questions for names outside our zones: from its cache, or by asking upstreams, one
/// question at a time whoever asks it. No socket and no clock: time comes with each call. One
/// worker's.
///
/// An upstream that is late is raced by a second one, one that fails is followed by it, up to
/// kMaxTries in all; the first good answer counts.
class ForwardLogic {
 public:
  /// Called once, from on_reply() or on_wake(). Must not call the forwarder.
  using Done = std::function<void(const ForwardAnswer&)>;

  static constexpr std::size_t kMaxTries = 5;
  /// RFC 8767 section 5: so long a client waits before it is given a stale answer.
  static constexpr std::chrono::milliseconds kClientPatience{1800};

  /// All outlive this.
  ForwardLogic(const ForwardPolicy& policy, ForwardNetwork& network, ForwardCounters& counters);

  bool knows_upstreams_for(const ForwardQuestion& question) const {
    return policy_.routes.find(question.name.wire()) != nullptr;
  }
  /// Whether this process is short of memory: then little is kept.
  void note_memory(bool is_short) { cache_.keep_little(is_short); }
  /// The answer, if it is there already; nothing: ask() for it. `asked`: the question as the client
  /// sent it. Valid until the next call. Precondition: knows_upstreams_for() it.
  std::optional<ForwardAnswer> answer_now(const ForwardQuestion& question,
                                          std::span<const std::uint8_t> asked,
                                          const common::IpAddress& client,
                                          TimePoint now);
  /// Precondition: answer_now() had nothing.
  void ask(const ForwardQuestion& question,
           const common::IpAddress& client,
           Done done,
           TimePoint now);

  /// The reply as it came; nothing when the upstream could not be reached.
  void on_reply(AttemptId attempt,
                std::optional<std::span<const std::uint8_t>> reply,
                TimePoint now);
  void on_wake(TimePoint now);

 private:
  using Protocol = ForwardNetwork::Protocol;
  struct Exchange;
  struct Waiter {
    common::IpAddress client;
    Done done;
  };
  struct Attempt {
    Exchange* exchange;
    std::size_t upstream;
    Protocol protocol;
    std::vector<std::uint8_t> query;
    TimePoint sent;
    bool is_late = false;
  };
  /// One question that upstreams are being asked.
  struct Exchange {
    ForwardQuestion question;
    std::vector<Waiter> waiters;
    std::vector<AttemptId> open;
    std::vector<std::size_t> asked;  // Upstreams, one for each try.
    TimePoint deadline;
    std::optional<TimePoint> stale_at;  // When waiters get a stale answer, if there is one.
    std::optional<TimePoint> retry_at;  // When the next upstream is asked.
    bool was_heard = false;             // An upstream said that it cannot answer.
    std::multimap<TimePoint, Exchange*>::iterator timer;
  };

  bool has_room_for(const common::IpAddress& client) const;
  Exchange& start(const ForwardQuestion& question, TimePoint now);
  bool try_next(Exchange& exchange, TimePoint now);
  void send(Exchange& exchange, std::size_t upstream, Protocol protocol, TimePoint now);
  void set_timer(Exchange& exchange);
  void set_alarm();
  void prefetch(const ForwardQuestion& question, TimePoint now);
  void mark_late(const Exchange& exchange, TimePoint now);
  void on_timer(Exchange& exchange, TimePoint now);
  void serve_stale(Exchange& exchange, TimePoint now);
  void fail(std::size_t upstream, TimePoint now);
  void succeed(std::size_t upstream, TimePoint sent, TimePoint now);
  void finish(Exchange& exchange, const std::shared_ptr<const Resolved>& resolved, TimePoint now);
  void give_up(Exchange& exchange, TimePoint now);
  std::vector<Waiter> take_waiters(Exchange& exchange);
  void end(Exchange& exchange);
  ForwardAnswer as_stale(const ForwardCache::Hit& hit) const;
  void count_cache();

  const ForwardPolicy& policy_;
  ForwardNetwork& network_;
  ForwardCounters& counters_;
  const Casing casing_;
  ForwardCache cache_;
  UpstreamHealth health_;
  std::unordered_map<std::string, Exchange, common::StringHash, std::equal_to<>> exchanges_;
  std::unordered_map<AttemptId, Attempt> attempts_;
  std::multimap<TimePoint, Exchange*> timers_;
  std::unordered_map<common::IpAddress, std::size_t> per_client_;  // Waiters; never 0.
  std::size_t waiting_ = 0;
  AttemptId last_attempt_ = 0;
};

}  // namespace dnsd
