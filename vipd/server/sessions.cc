#include "vipd/server/sessions.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace vipd {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t kScratchBytes = BufferPool::kBlockBytes;
/// From each end, so that all get their turn.
constexpr std::size_t kBytesPerTurn = std::size_t{256} << 10;
constexpr int kSlowAttempts = 3;  // Timeouts a client waits for; refusals cost it nothing.
constexpr milliseconds kPauseBetweenRounds{50};

constexpr milliseconds kConnectTick{16};
constexpr std::size_t kConnectSlots = 256;
constexpr std::size_t kIdleSlots = 4096;

/// Fine enough that no session stays much longer than it may, coarse enough to wake seldom.
milliseconds idle_tick(milliseconds timeout) {
  return std::clamp(timeout / 16, milliseconds(16), milliseconds(1000));
}

bool out_of_resources(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

ConnectFailure failure_of(int error) {
  switch (error) {
    case ECONNREFUSED:
    case ECONNRESET:
    case EPIPE:
      return ConnectFailure::Refused;
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENETDOWN:
      return ConnectFailure::Unreachable;
    case ETIMEDOUT:
      return ConnectFailure::Timeout;
    default:
      return ConnectFailure::Local;
  }
}

EndCause cause_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::ClientReset:
      return EndCause::ClientReset;
    case Outcome::BackendReset:
      return EndCause::BackendReset;
    default:
      return EndCause::Finished;
  }
}

/// Both ends are told that the stream is not whole, unless it is, or nothing is on the way.
bool ends_with_reset(EndCause cause) {
  return cause != EndCause::Finished && cause != EndCause::Idle;
}

}  // namespace

Sessions::Sessions(Poller& poller,
                   const config::Vip& options,
                   WorkerCounters& counters,
                   const TimePoint& now)
    : poller_(poller),
      counters_(counters),
      now_(now),
      connect_timeout_(options.connect_timeout),
      idle_timeout_(options.idle_timeout),
      limit_(static_cast<std::size_t>(options.connections)),
      connecting_(now, kConnectTick, kConnectSlots),
      idle_(now, idle_tick(options.idle_timeout), kIdleSlots),
      scratch_(std::make_unique_for_overwrite<std::byte[]>(kScratchBytes)),
      work_{{scratch_.get(), kScratchBytes}, pool_, kBytesPerTurn} {}

bool Sessions::open(common::UniqueFd client, Service& service) {
  const SlotId id = slab_.emplace(TcpSocket::accepted(std::move(client)), service);
  Entry& entry = slab_[id.index];
  entry.id = id;
  ++service.sessions;
  service.counters->accepted.add();
  service.counters->open.add();
  // Registered before its backend is known: a client that breaks meanwhile cancels the attempt.
  if (poller_.add_edge(entry.session.socket(End::Client).fd(), {Token::Kind::Client, id})) {
    return connect(entry);
  }
  finish(entry, EndCause::Descriptors);
  return false;
}

void Sessions::on_client(SlotId id, const Readiness& now) {
  Entry* entry = slab_.find(id);
  if (entry == nullptr) return;
  entry->session.notice(End::Client, now);
  if (entry->phase == Phase::Relaying) {
    run(*entry);
  } else if (now.broken) {
    finish(*entry, EndCause::ClientReset);
  }
}

void Sessions::on_backend(SlotId id, const Readiness& now) {
  Entry* entry = slab_.find(id);
  if (entry == nullptr) return;
  if (entry->phase == Phase::Relaying) {
    entry->session.notice(End::Backend, now);
    run(*entry);
  } else if (now.broken) {
    connection_broke(*entry, now);
  } else if (now.writable) {
    connected(*entry, now);
  }
}

/// Tries one backend after another until a connection is under way; each at most once, and at the
/// cost of no byte, as the client's are still in the kernel. False when resources ran out.
bool Sessions::connect(Entry& entry) {
  while (entry.timeouts < kSlowAttempts) {
    Target* target = entry.service->balancer.pick(entry.attempts, now_);
    if (target == nullptr) break;
    if (entry.refused || !entry.attempts.failed.empty()) counters_.retries.add();
    const auto error = begin_attempt(entry, *target);
    if (!error) return true;
    if (out_of_resources(*error)) {
      finish(entry, EndCause::Descriptors);
      return false;
    }
    attempt_failed(entry, failure_of(*error));
  }
  give_up(entry);
  return true;
}

/// The errno value of a failure that shows at once.
std::optional<int> Sessions::begin_attempt(Entry& entry, Target& target) {
  attach(entry, target);
  auto socket = TcpSocket::connect(target.endpoint);
  if (!socket) return socket.error();
  if (!poller_.add_edge(socket->fd(), {Token::Kind::Backend, entry.id})) return errno;
  entry.session.socket(End::Backend) = std::move(*socket);
  entry.phase = Phase::Connecting;
  connecting_.schedule(entry.id.index, now_ + connect_timeout_);
  return std::nullopt;
}

/// Refused; or accepted and reset before we looked. What the backend has said then is its answer;
/// if it said nothing, another one may still serve the client.
void Sessions::connection_broke(Entry& entry, const Readiness& now) {
  TcpSocket& backend = entry.session.socket(End::Backend);
  const int error = backend.take_error();
  if (backend.has_bytes()) return connected(entry, now);
  attempt_failed(entry, failure_of(error));
  connect(entry);
}

void Sessions::attempt_failed(Entry& entry, ConnectFailure cause) {
  entry.service->counters->count(cause);
  if (cause == ConnectFailure::Timeout) ++entry.timeouts;
  if (cause != ConnectFailure::Local) entry.service->balancer.failed(*entry.target, now_);
  entry.attempts.failed.push_back(entry.target->id);
  detach(entry);
  entry.session.socket(End::Backend) = TcpSocket();
}

/// Nobody is left to try. If all refused that lived lately, they may just be replaced, as in a
/// rolling update without health checks: after a pause they are asked again, for as long as one
/// connection may take. The client of a VIP that has been dead for a while is told at once.
void Sessions::give_up(Entry& entry) {
  const bool all_refused = !entry.attempts.failed.empty() && entry.timeouts == 0;
  if (!all_refused || !entry.service->balancer.lived_lately(now_) ||
      now_ >= entry.refused.value_or(now_) + connect_timeout_) {
    return finish(entry, EndCause::NoBackend);
  }
  if (!entry.refused) entry.refused = now_;
  entry.attempts = {};
  entry.phase = Phase::Pausing;
  connecting_.schedule(entry.id.index, now_ + kPauseBetweenRounds);
}

void Sessions::connected(Entry& entry, const Readiness& now) {
  entry.service->balancer.succeeded(*entry.target, now_);
  entry.attempts = {};
  entry.phase = Phase::Relaying;
  entry.last_moved = now_;
  connecting_.cancel(entry.id.index);
  idle_.schedule(entry.id.index, now_ + idle_timeout_);
  entry.session.notice(End::Backend, now);
  run(entry);
}

void Sessions::run(Entry& entry) {
  work_.moved = {};
  const Outcome outcome = entry.session.run(work_);
  const auto [upstream, downstream] = work_.moved;
  if (upstream + downstream > 0) {
    entry.last_moved = now_;
    entry.service->counters->bytes_upstream.add(upstream);
    entry.service->counters->bytes_downstream.add(downstream);
  }
  if (outcome == Outcome::Again) {
    if (!std::exchange(entry.unfinished, true)) unfinished_.push_back(entry.id);
  } else if (outcome != Outcome::Wait) {
    finish(entry, cause_of(outcome));
  }
}

void Sessions::run_unfinished() {
  for (const SlotId id : std::exchange(unfinished_, {})) {
    Entry* entry = slab_.find(id);
    if (entry == nullptr) continue;
    entry->unfinished = false;
    run(*entry);
  }
}

void Sessions::expire() {
  while (const auto slot = connecting_.pop_due(now_)) {
    Entry& entry = slab_[*slot];
    if (entry.phase == Phase::Connecting) attempt_failed(entry, ConnectFailure::Timeout);
    connect(entry);
  }
  // The deadline isn't moved with each byte: it is looked at anew when it comes.
  while (const auto slot = idle_.pop_due(now_)) {
    Entry& entry = slab_[*slot];
    const TimePoint deadline = entry.last_moved + idle_timeout_;
    if (deadline <= now_) {
      finish(entry, EndCause::Idle);
    } else {
      idle_.schedule(*slot, deadline);
    }
  }
}

std::optional<TimePoint> Sessions::next_deadline() const {
  const auto connecting = connecting_.next_tick();
  const auto idle = idle_.next_tick();
  return connecting && idle ? std::min(connecting, idle) : std::max(connecting, idle);
}

void Sessions::reset_all(Target& target) {
  const std::vector<std::uint32_t> slots = target.sessions;
  for (const std::uint32_t slot : slots) finish(slab_[slot], EndCause::Drained);
}

void Sessions::reset_all() {
  slab_.for_each([this](Entry& entry) { finish(entry, EndCause::Stopped); });
}

void Sessions::finish(Entry& entry, EndCause cause) {
  if (ends_with_reset(cause)) {
    entry.session.socket(End::Client).reset_on_close();
    entry.session.socket(End::Backend).reset_on_close();
  }
  connecting_.cancel(entry.id.index);
  idle_.cancel(entry.id.index);
  detach(entry);
  --entry.service->sessions;
  entry.service->counters->open.subtract();
  counters_.count(cause);
  slab_.erase(entry.id.index);
}

void Sessions::attach(Entry& entry, Target& target) {
  entry.target = &target;
  entry.position = static_cast<std::uint32_t>(target.sessions.size());
  target.sessions.push_back(entry.id.index);
}

void Sessions::detach(Entry& entry) {
  if (entry.target == nullptr) return;
  std::vector<std::uint32_t>& sessions = entry.target->sessions;
  const std::uint32_t last = sessions.back();
  sessions[entry.position] = last;
  slab_[last].position = entry.position;
  sessions.pop_back();
  entry.service->balancer.release(*std::exchange(entry.target, nullptr));
}

}  // namespace vipd
