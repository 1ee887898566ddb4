#include <algorithm>
#include <cerrno>
#include <utility>

#include "common/log.h"
#include "vipd/server/failure.h"
#include "vipd/server/sessions.h"

namespace vipd {

namespace {

using std::chrono::milliseconds;

constexpr int kSlowAttempts = 3;  // Timeouts a client waits for; refusals cost it nothing.
constexpr milliseconds kPauseBetweenRounds{50};
constexpr std::size_t kRetryFloor = 64;  // Sessions that may retry however few there are.
constexpr int kPatience = 4;  // A backend that takes so many times longer than usual gets a rival.

}  // namespace

/// Tries one backend after another until a connection is under way; each at most once, and at the
/// cost of no byte, as the client's are still in the kernel. False when resources ran out.
bool Sessions::connect(Entry& entry) {
  while (may_attempt(entry)) {
    Target* target = entry.service->balancer.pick(entry.attempts, now_);
    if (target == nullptr) break;
    const auto error = begin_attempt(entry, *target);
    if (!error) return true;
    if (out_of_resources(*error)) {
      finish(entry, EndCause::Descriptors);
      return false;
    }
    attempt_failed(entry, *error);
  }
  give_up(entry);
  return true;
}

/// Bounds what one client and all of them together may ask of backends that fail.
bool Sessions::may_attempt(Entry& entry) {
  const bool first = !entry.refused && entry.attempted == 0;
  if (first) return true;
  if (entry.timeouts >= kSlowAttempts || entry.attempted >= options_.connect_tries) return false;
  if (!entry.retrying) {
    const std::size_t share = slab_.size() * static_cast<std::size_t>(options_.retry_budget) / 100;
    if (retrying_ >= std::max(share, kRetryFloor)) return false;
    entry.retrying = true;
    ++retrying_;
  }
  return true;
}

/// The errno value of a failure that shows at once.
std::optional<int> Sessions::begin_attempt(Entry& entry, Target& target) {
  attach(entry, target);
  if (entry.refused || entry.attempted > 0) {
    counters_.retries.add();
    entry.service->counters->retries.add();
    target.counters->retries.add();
  }
  ++entry.attempted;
  entry.lane = other(entry.lane);  // Nobody takes events of an earlier attempt for this one's.
  entry.began = Clock::now();
  auto socket = TcpSocket::connect(target.endpoint, shown_client(entry));
  if (!socket && out_of_descriptors(socket.error()) && free_descriptors()) {
    socket = TcpSocket::connect(target.endpoint, shown_client(entry));
  }
  if (!socket) return socket.error();
  if (!poller_.add_edge(socket->fd(), {backend_kind(entry.lane), entry.id})) return errno;
  entry.session.socket(End::Backend) = std::move(*socket);
  entry.phase = Phase::Connecting;
  connecting_.schedule(entry.id.index, attempt_deadline(entry));
  return std::nullopt;
}

/// Whose address backends see; none: this host's.
std::optional<common::IpAddress> Sessions::shown_client(Entry& entry) {
  if (!options_.transparent) return std::nullopt;
  if (entry.proxied) return entry.proxied->source.ip;
  return entry.session.socket(End::Client).addresses().source.ip;
}

/// When something has to happen if the backend stays silent: a rival first, then the end.
TimePoint Sessions::attempt_deadline(const Entry& entry) const {
  const TimePoint last = entry.began + options_.connect_timeout;
  const bool may_hedge = options_.hedge_after.count() > 0 && entry.hedge == kNoHedge &&
                         now_ < entry.began + options_.hedge_after;
  if (!may_hedge) return last;
  Clock::duration patience = options_.hedge_after;
  if (const auto usual = entry.target->connect_time.value()) {
    patience = std::max(patience, std::chrono::ceil<Clock::duration>(*usual * kPatience));
  }
  return std::min(last, entry.began + patience);
}

/// Refused; or accepted and reset before we looked. What the backend has said then is its answer;
/// if it said nothing, another one may still serve the client.
void Sessions::connection_broke(Entry& entry, const Readiness& now) {
  TcpSocket& backend = entry.session.socket(End::Backend);
  const int error = backend.take_error();
  if (backend.has_bytes()) return connected(entry, now);
  attempt_failed(entry, error);
  if (entry.hedge != kNoHedge) return promote_hedge(entry);
  connect(entry);
}

void Sessions::attempt_failed(Entry& entry, int error) {
  if (error == ETIMEDOUT) ++entry.timeouts;
  blame(entry, *entry.target, error);
  abandon(entry);
}

/// A backend that accepted and soon reset, before anything was relayed, is as one that refused: so
/// it is with connections that nobody had taken yet when it died. One that resets later, as who is
/// tired of a silent client, means that client.
bool Sessions::is_bounced(const Entry& entry) const {
  return entry.session.is_untouched() && Clock::now() < entry.began + options_.connect_timeout;
}

void Sessions::bounced(Entry& entry) {
  count_early_reset(entry);
  entry.refused = TimePoint::min();  // Each is asked once; they are not being replaced.
  go_elsewhere(entry);
}

/// That a backend was taken away is no failed attempt.
void Sessions::begin_anew(Entry& entry) {
  entry.attempts.failed.clear();
  entry.attempted = 0;
  entry.timeouts = 0;
  entry.refused.reset();
  go_elsewhere(entry);
}

/// To another backend than the one it has, which it got nothing from.
void Sessions::go_elsewhere(Entry& entry) {
  entry.target->counters->open.subtract();
  entry.attempts.failed.push_back(entry.target->id);
  entry.phase = Phase::Connecting;
  entry.watched = false;
  idle_.cancel(entry.id.index);
  abandon(entry);
  connect(entry);
}

/// Not by closing alone: where this process is just making a child, that has the socket, too, and
/// the kernel would go on telling of it.
void Sessions::abandon(Entry& entry) {
  const int fd = entry.session.socket(End::Backend).fd();
  if (fd >= 0) poller_.remove(fd);
  entry.session.drop_backend();
  detach(entry);
}

void Sessions::blame(Entry& entry, Target& target, int error) {
  const ConnectFailure cause = failure_of(error);
  entry.service->counters->count(cause);
  target.counters->count(cause);
  if (cause == ConnectFailure::Local && local_failures_.is_due(now_)) {
    warn_untried(*entry.service, target.endpoint, error);
  }
  if (cause != ConnectFailure::Local && entry.service->balancer.failed(target, now_)) {
    ejected(*entry.service, target);
  }
  entry.attempts.failed.push_back(target.id);
}

void Sessions::ejected(Service& service, Target& target) {
  service.counters->ejections.add();
  target.counters->ejections.add();
  readmission_.watch(service, target);
}

/// Nobody is left to try. If all refused, or are being killed, that lived lately, they may just be
/// replaced, as in a rolling update without health checks, where the new ones become known a moment
/// later: after a pause it is tried again, for as long as one connection may take. The client of a
/// VIP that has been dead for a while is told at once.
void Sessions::give_up(Entry& entry) {
  const Balancer& balancer = entry.service->balancer;
  if (balancer.is_full(entry.attempts)) return queue(entry);
  const bool any_silent = entry.timeouts > 0;
  if (any_silent || !balancer.lived_lately(now_) ||
      now_ >= entry.refused.value_or(now_) + options_.connect_timeout) {
    return finish(entry, EndCause::NoBackend);
  }
  if (!entry.refused) entry.refused = now_;
  entry.attempts.failed.clear();
  entry.attempted = 0;
  entry.phase = Phase::Pausing;
  connecting_.schedule(entry.id.index, now_ + kPauseBetweenRounds);
}

/// Backends are there, and each has as many sessions as it may have.
void Sessions::queue(Entry& entry) {
  if (options_.queue_timeout.count() == 0) return finish(entry, EndCause::Limit);
  entry.phase = Phase::Queued;
  entry.began = Clock::now();
  entry.service->counters->queued.add();
  // Who gave up waiting is found out when room is made, which may take long.
  if (queued_.size() >= 2 * slab_.size()) {
    std::erase_if(queued_, [this](SlotId id) { return slab_.find(id) == nullptr; });
  }
  queued_.push_back(entry.id);
  connecting_.schedule(entry.id.index, now_ + options_.queue_timeout);
}

/// Room was made somewhere: everyone looks whether it is theirs, in the order they came.
void Sessions::wake_queued() {
  if (!std::exchange(has_new_room_, false)) return;
  woken_.swap(queued_);
  for (const SlotId id : woken_) {
    Entry* entry = slab_.find(id);
    if (entry == nullptr || entry->phase != Phase::Queued) continue;
    if (entry->service->balancer.is_full(entry->attempts)) {
      queued_.push_back(id);
    } else {
      const std::chrono::duration<double> waited = Clock::now() - entry->began;
      entry->phase = Phase::Connecting;
      entry->service->counters->queued.subtract();
      entry->service->counters->queue_seconds.observe(waited.count());
      connect(*entry);
    }
  }
  woken_.clear();
}

/// The time of a silent attempt, of a pause or of waiting in the queue is up.
void Sessions::attempt_expired(Entry& entry) {
  if (entry.phase == Phase::Queued) return finish(entry, EndCause::Queue);
  if (entry.phase == Phase::Greeting) {
    return finish(entry,
                  entry.service->routes_by_name ? EndCause::ServerName : EndCause::ProxyHeader);
  }
  if (entry.phase == Phase::Connecting && now_ < entry.began + options_.connect_timeout) {
    hedge(entry);
    return connecting_.schedule(entry.id.index, entry.began + options_.connect_timeout);
  }
  if (entry.phase == Phase::Connecting) attempt_failed(entry, ETIMEDOUT);
  if (entry.hedge != kNoHedge) return promote_hedge(entry);
  connect(entry);
}

void Sessions::connected(Entry& entry, const Readiness& now) {
  drop_hedge(entry);
  const auto instant = Clock::now();
  const std::chrono::duration<double> took = instant - entry.began;
  entry.service->balancer.succeeded(*entry.target, instant - entry.began, now_);
  entry.service->counters->connect_seconds.observe(took.count());
  BackendCounters& backend = *entry.target->counters;
  backend.connect_seconds.observe(took.count());
  backend.sessions.add();
  backend.open.add();
  if (entry.record) entry.record->connected(*entry.target, took, entry.attempted);
  entry.phase = Phase::Relaying;
  entry.began = instant;
  entry.last_moved = now_;
  if (std::exchange(entry.retrying, false)) --retrying_;
  connecting_.cancel(entry.id.index);
  idle_.schedule(entry.id.index, next_look(entry));
  entry.session.notice(End::Backend, now);
  if (!greet(entry)) return finish(entry, EndCause::BackendReset);
  run(entry);
}

void Sessions::reset_all(Target& target) {
  const std::vector<std::uint32_t> marked = target.sessions;
  for (const std::uint32_t mark : marked) {
    Entry& entry = slab_[mark / 2];
    if (mark % 2 == kHedgeMark) {
      drop_hedge(entry);
    } else if (entry.phase == Phase::Relaying) {
      entry.session.is_untouched() ? begin_anew(entry) : finish(entry, EndCause::Drained);
    } else {
      entry.attempts.failed.push_back(target.id);
      abandon(entry);
      entry.hedge != kNoHedge ? promote_hedge(entry) : static_cast<void>(connect(entry));
    }
  }
}

void Sessions::attach(Entry& entry, Target& target) {
  entry.target = &target;
  entry.position = static_cast<std::uint32_t>(target.sessions.size());
  target.sessions.push_back(entry.id.index * 2);
}

void Sessions::detach(Entry& entry) {
  if (entry.target == nullptr) return;
  leave(*std::exchange(entry.target, nullptr), entry.position, *entry.service);
}

/// Takes out one place of Target::sessions; the last one moves there.
void Sessions::leave(Target& target, std::uint32_t position, Service& service) {
  const std::uint32_t last = target.sessions.back();
  target.sessions[position] = last;
  target.sessions.pop_back();
  Entry& moved = slab_[last / 2];
  if (last % 2 == kHedgeMark) {
    if (moved.hedge != kNoHedge) hedges_[moved.hedge].position = position;
  } else {
    moved.position = position;
  }
  has_new_room_ = has_new_room_ || !queued_.empty();
  service.balancer.release(target);
}

}  // namespace vipd
