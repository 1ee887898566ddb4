#include "vipd/server/sessions.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "common/hash.h"

namespace vipd {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t kScratchBytes = BufferPool::kBlockBytes;
/// From each end, so that all get their turn.
constexpr std::size_t kBytesPerTurn = std::size_t{256} << 10;

constexpr milliseconds kConnectTick{16};
constexpr std::size_t kConnectSlots = 256;
constexpr std::size_t kIdleSlots = 4096;

/// Sessions that end sooner are spared the system calls for keepalive.
constexpr milliseconds kSettled{15000};
/// A session that is too old may go on for so long until it falls quiet.
constexpr milliseconds kGrace{10000};
constexpr milliseconds kQuiet{1000};

/// Fine enough that no session stays much longer than it may, coarse enough to wake seldom.
milliseconds idle_tick(milliseconds timeout) {
  return std::clamp(timeout / 16, milliseconds(16), milliseconds(1000));
}

/// Spreads what would end at once over a tenth of the time before (envoy#44419).
milliseconds with_jitter(milliseconds limit, const SlotId& id) {
  const auto salt = common::mix(std::uint64_t{id.generation} << 32 | id.index) % 1024;
  return limit - limit * static_cast<milliseconds::rep>(salt) / 10240;
}

std::size_t counted_sources(const config::Vip& options) {
  return options.source_connections > 0 ? static_cast<std::size_t>(options.connections) : 0;
}

EndCause cause_of(Outcome outcome, bool unanswered) {
  if (unanswered) return EndCause::Unanswered;
  switch (outcome) {
    case Outcome::ClientReset:
      return EndCause::ClientReset;
    case Outcome::BackendReset:
      return EndCause::BackendReset;
    case Outcome::Lost:
      return EndCause::Memory;
    default:
      return EndCause::Finished;
  }
}

}  // namespace

Sessions::Sessions(Poller& poller,
                   const config::Vip& options,
                   WorkerCounters& counters,
                   const ServerNames& names,
                   AccessLog& access_log,
                   Readmission& readmission,
                   const TimePoint& now)
    : poller_(poller),
      counters_(counters),
      names_(names),
      now_(now),
      options_(options),
      limit_(static_cast<std::size_t>(options.connections)),
      access_log_(access_log),
      readmission_(readmission),
      sources_(counted_sources(options)),
      connecting_(now, kConnectTick, kConnectSlots),
      idle_(now, idle_tick(options.idle_timeout), kIdleSlots),
      scratch_(std::make_unique_for_overwrite<std::byte[]>(kScratchBytes)),
      work_{{scratch_.get(), kScratchBytes}, pool_, pipes_, kBytesPerTurn} {}

bool Sessions::has_room(const Service& service, const common::SocketAddress& from) const {
  const auto below = [](std::size_t count, int limit) {
    return limit == 0 || count < static_cast<std::size_t>(limit);
  };
  return slab_.size() < limit_ && below(service.sessions, options_.vip_connections) &&
         (options_.source_connections == 0 ||
          below(sources_.count(std::hash<common::IpAddress>{}(from.ip)),
                options_.source_connections));
}

bool Sessions::open(common::UniqueFd client, const common::SocketAddress& from, Service& service) {
  Entry& entry = admit(TcpSocket::accepted(std::move(client)), from, service);
  service.counters->accepted.add();
  // Registered before its backend is known: a client that breaks meanwhile cancels the attempt.
  if (poller_.add_edge(entry.session.socket(End::Client).fd(), {Token::Kind::Client, entry.id})) {
    if (!service.accepts_proxy && !service.routes_by_name) return connect(entry);
    await_greeting(entry);
    return true;
  }
  finish(entry, EndCause::Descriptors);
  return false;
}

Sessions::Entry& Sessions::admit(TcpSocket client,
                                 const common::SocketAddress& from,
                                 Service& service) {
  const SlotId id = slab_.emplace(std::move(client), service);
  Entry& entry = slab_[id.index];
  entry.id = id;
  entry.attempts.client = service.balancer.client_hash(from);
  if (options_.source_connections > 0) {
    entry.source = std::hash<common::IpAddress>{}(from.ip);
    sources_.add(entry.source);
  }
  if (access_log_.is_on()) entry.record = std::make_unique<AccessRecord>(from, Clock::now());
  ++service.sessions;
  service.counters->open.add();
  return entry;
}

void Sessions::await_greeting(Entry& entry) {
  entry.phase = Phase::Greeting;
  connecting_.schedule(entry.id.index, now_ + options_.proxy_timeout);
}

void Sessions::on_client(SlotId id, const Readiness& now) {
  Entry* entry = slab_.find(id);
  if (entry == nullptr) return;
  entry->session.notice(End::Client, now);
  if (entry->phase == Phase::Relaying) {
    run(*entry);
  } else if (now.broken) {
    finish(*entry, EndCause::ClientReset);
  } else if (entry->phase == Phase::Greeting) {
    read_greeting(*entry, now);
  }
}

/// What came for an attempt that has failed since finds no one.
void Sessions::on_backend(SlotId id, Lane lane, const Readiness& now) {
  Entry* entry = slab_.find(id);
  if (entry == nullptr) return;
  if (lane != entry->lane) {
    if (entry->hedge != kNoHedge) on_hedge(*entry, now);
  } else if (entry->phase == Phase::Relaying) {
    entry->session.notice(End::Backend, now);
    run(*entry);
  } else if (entry->phase == Phase::Connecting) {
    if (now.broken) {
      connection_broke(*entry, now);
    } else if (now.writable) {
      connected(*entry, now);
    }
  }
}

void Sessions::run(Entry& entry) {
  work_.moved = {};
  const Outcome outcome = entry.session.run(work_);
  const auto [upstream, downstream] = work_.moved;
  if (upstream + downstream > 0) {
    entry.last_moved = now_;
    count_bytes(entry, upstream, downstream);
  }
  if (outcome == Outcome::BackendReset && is_bounced(entry)) return bounced(entry);
  if (outcome == Outcome::Again) {
    if (!std::exchange(entry.unfinished, true)) unfinished_.push_back(entry.id);
  } else if (outcome != Outcome::Wait) {
    const End broke = outcome == Outcome::ClientReset ? End::Client : End::Backend;
    finish(entry, cause_of(outcome, entry.session.socket(broke).went_unanswered()));
  } else if (entry.session.is_half_closed() && !std::exchange(entry.half_closed, true)) {
    idle_.schedule(entry.id.index, next_look(entry));
  }
}

void Sessions::count_bytes(Entry& entry, std::size_t upstream, std::size_t downstream) {
  VipCounters& vip = *entry.service->counters;
  BackendCounters& backend = *entry.target->counters;
  vip.bytes_upstream.add(upstream);
  vip.bytes_downstream.add(downstream);
  backend.bytes_upstream.add(upstream);
  backend.bytes_downstream.add(downstream);
  if (entry.record) entry.record->count(upstream, downstream);
  if (downstream == 0 || std::exchange(entry.answered, true)) return;
  entry.target->ejection.answered();
  const std::chrono::duration<double> took = Clock::now() - entry.began;
  vip.first_byte_seconds.observe(took.count());
  backend.first_byte_seconds.observe(took.count());
  if (entry.record) entry.record->first_byte = took;
}

void Sessions::run_unfinished() {
  wake_queued();
  for (const SlotId id : std::exchange(unfinished_, {})) {
    Entry* entry = slab_.find(id);
    if (entry == nullptr) continue;
    entry->unfinished = false;
    run(*entry);
  }
}

void Sessions::expire() {
  while (const auto slot = connecting_.pop_due(now_)) attempt_expired(slab_[*slot]);
  while (const auto slot = idle_.pop_due(now_)) look_at(slab_[*slot]);
}

/// Deadlines aren't moved with each byte: whether one has come is found out when it would have.
void Sessions::look_at(Entry& entry) {
  const auto idle = entry.half_closed ? options_.half_close_timeout : options_.idle_timeout;
  if (entry.last_moved + idle <= now_) return finish(entry, EndCause::Idle);
  const auto end = end_of_life(entry);
  if (end && *end <= now_ && (is_quiet(entry) || *end + kGrace <= now_)) {
    return finish(entry, EndCause::Age);
  }
  const bool settled = entry.began + std::min(kSettled, options_.keepalive) <= now_;
  if (options_.keepalive.count() > 0 && settled && !std::exchange(entry.watched, true)) {
    for (const End side : {End::Client, End::Backend})
      entry.session.socket(side).keep_alive(options_.keepalive);
  }
  idle_.schedule(entry.id.index, next_look(entry));
}

TimePoint Sessions::next_look(const Entry& entry) const {
  const auto idle = entry.half_closed ? options_.half_close_timeout : options_.idle_timeout;
  TimePoint next = entry.last_moved + idle;
  if (options_.keepalive.count() > 0 && !entry.watched) {
    next = std::min(next, entry.began + std::min(kSettled, options_.keepalive));
  }
  if (const auto end = end_of_life(entry)) {
    next = std::min(next, std::max(*end, now_ + kQuiet / 4));
  }
  return next;
}

std::optional<TimePoint> Sessions::end_of_life(const Entry& entry) const {
  if (options_.max_age.count() == 0) return std::nullopt;
  return entry.began + with_jitter(options_.max_age, entry.id);
}

std::optional<TimePoint> Sessions::next_deadline() const {
  const auto connecting = connecting_.next_tick();
  const auto idle = idle_.next_tick();
  return connecting && idle ? std::min(connecting, idle) : std::max(connecting, idle);
}

void Sessions::reset_all() {
  slab_.for_each([this](Entry& entry) { finish(entry, EndCause::Stopped); });
}

void Sessions::finish(Entry& entry, EndCause cause) {
  if (ends_with_reset(entry, cause)) {
    entry.session.socket(End::Client).reset_on_close();
    entry.session.socket(End::Backend).reset_on_close();
  }
  connecting_.cancel(entry.id.index);
  idle_.cancel(entry.id.index);
  drop_hedge(entry);
  count_end(entry, cause);
  detach(entry);
  if (entry.retrying) --retrying_;
  if (options_.source_connections > 0) sources_.subtract(entry.source);
  --entry.service->sessions;
  slab_.erase(entry.id.index);
}

void Sessions::count_end(Entry& entry, EndCause cause) {
  VipCounters& vip = *entry.service->counters;
  vip.open.subtract();
  vip.count(cause);
  counters_.count(cause);
  if (entry.phase == Phase::Queued) vip.queued.subtract();
  if (entry.phase == Phase::Relaying) {
    entry.target->counters->open.subtract();
    entry.target->counters->count(cause);
    if (cause == EndCause::BackendReset && !entry.answered) count_early_reset(entry);
  }
  if (entry.record) access_log_.write(*entry.record, *entry.service->vip, cause, Clock::now());
}

void Sessions::count_early_reset(Entry& entry) {
  entry.target->counters->early_resets.add();
  if (entry.service->balancer.reset_early(*entry.target, now_)) {
    ejected(*entry.service, *entry.target);
  }
}

/// Both ends are told that the stream is not whole, unless it is, or nothing is on the way.
bool Sessions::ends_with_reset(const Entry& entry, EndCause cause) const {
  switch (cause) {
    case EndCause::Finished:
    case EndCause::Idle:
      return false;
    case EndCause::Age:
      return !is_quiet(entry);
    default:
      return true;
  }
}

bool Sessions::is_quiet(const Entry& entry) const {
  return !entry.session.holds_bytes() && entry.last_moved + kQuiet <= now_;
}

}  // namespace vipd
