#include "dnsd/forward/forward_logic.h"

#include <algorithm>
#include <utility>

namespace dnsd {
namespace {

using std::chrono::milliseconds;

/// Clients that wait for one answer are many at times; all of them are this many times as many as
/// questions, and one address is half of them at most.
constexpr std::size_t kWaitersPerQuery = 4;

const Resolved& servfail() {
  static const Resolved made;
  return made;
}

std::uint32_t minute_of(TimePoint now) {
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::minutes>(now.time_since_epoch()).count());
}

/// A gauge is a counter that goes both ways.
void set(common::Counter& gauge, std::uint64_t value) { gauge.add(value - gauge.value()); }

}  // namespace

ForwardLogic::ForwardLogic(const ForwardPolicy& policy,
                           ForwardNetwork& network,
                           ForwardCounters& counters)
    : policy_(policy),
      network_(network),
      counters_(counters),
      casing_(policy.secret),
      cache_(policy.cache, policy.secret),
      health_(policy.routes.upstreams().size()) {}

std::optional<ForwardAnswer> ForwardLogic::answer_now(const ForwardQuestion& question,
                                                      std::span<const std::uint8_t> asked,
                                                      const common::IpAddress& client,
                                                      TimePoint now) {
  if (policy_.use_0x20 && casing_.is_ours(asked, minute_of(now))) {
    counters_.count(Forwarded::Loop);
    return ForwardAnswer{servfail()};
  }
  const auto hit = cache_.find(question, now);
  if (hit && !hit->is_stale) {
    if (hit->resolved->rcode == Rcode::ServFail) {
      counters_.count(Forwarded::Failed);
      return ForwardAnswer{*hit->resolved, hit->ttl_s, ExtendedError::CachedError};
    }
    counters_.count(Forwarded::Hit);
    if (hit->is_due && policy_.prefetch) prefetch(question, now);
    return ForwardAnswer{*hit->resolved, hit->ttl_s};
  }
  if (hit && hit->is_resting) {
    counters_.count(Forwarded::Stale);
    return as_stale(*hit);
  }
  if (has_room_for(client)) return std::nullopt;
  counters_.count(Forwarded::TooMany);
  return ForwardAnswer{servfail()};
}

void ForwardLogic::ask(const ForwardQuestion& question,
                       const common::IpAddress& client,
                       Done done,
                       TimePoint now) {
  const auto found = exchanges_.find(QuestionKey(question).view());
  if (found != exchanges_.end()) counters_.coalesced.add();
  Exchange& exchange = found != exchanges_.end() ? found->second : start(question, now);
  exchange.waiters.push_back({client, std::move(done)});
  ++per_client_[client];
  ++waiting_;
  set_alarm();
}

void ForwardLogic::prefetch(const ForwardQuestion& question, TimePoint now) {
  if (exchanges_.find(QuestionKey(question).view()) != exchanges_.end()) return;
  if (exchanges_.size() >= policy_.queries) return;
  counters_.prefetches.add();
  start(question, now);
  set_alarm();
}

/// An equal question that is under way needs no room of its own but for who waits.
bool ForwardLogic::has_room_for(const common::IpAddress& client) const {
  const std::size_t most = kWaitersPerQuery * policy_.queries;
  const auto found = per_client_.find(client);
  const std::size_t of_client = found == per_client_.end() ? 0 : found->second;
  return exchanges_.size() < policy_.queries && waiting_ < most && of_client < most / 2;
}

ForwardLogic::Exchange& ForwardLogic::start(const ForwardQuestion& question, TimePoint now) {
  const QuestionKey key(question);
  Exchange& exchange = exchanges_[std::string(key.view())];
  exchange.question = question;
  exchange.deadline = now + policy_.timeout;
  if (kClientPatience < policy_.timeout) exchange.stale_at = now + kClientPatience;
  exchange.timer = timers_.emplace(exchange.deadline, &exchange);
  counters_.under_way.add();
  try_next(exchange, now);
  return exchange;
}

bool ForwardLogic::try_next(Exchange& exchange, TimePoint now) {
  exchange.retry_at.reset();
  if (exchange.asked.size() == kMaxTries) return false;
  const auto& candidates = *policy_.routes.find(exchange.question.name.wire());
  const std::size_t upstream = health_.choose(candidates, exchange.asked, now, network_.random());
  exchange.asked.push_back(upstream);
  send(exchange, upstream, Protocol::Udp, now);
  return true;
}

void ForwardLogic::send(Exchange& exchange,
                        std::size_t upstream,
                        Protocol protocol,
                        TimePoint now) {
  const AttemptId id = ++last_attempt_;
  const auto message_id = static_cast<std::uint16_t>(network_.random());
  auto query = make_upstream_query(
      exchange.question, message_id, policy_.use_0x20 ? &casing_ : nullptr, minute_of(now));
  exchange.open.push_back(id);
  exchange.retry_at = now + health_.patience(upstream);
  counters_.upstreams[upstream].queries.add();
  network_.send(id, policy_.routes.upstreams()[upstream], protocol, query);
  attempts_.emplace(id, Attempt{&exchange, upstream, protocol, std::move(query), now});
  set_timer(exchange);
}

void ForwardLogic::on_reply(AttemptId id,
                            std::optional<std::span<const std::uint8_t>> reply,
                            TimePoint now) {
  const auto found = attempts_.find(id);
  if (found == attempts_.end()) return;
  const Attempt attempt = std::move(found->second);
  attempts_.erase(found);
  Exchange& exchange = *attempt.exchange;
  std::erase(exchange.open, id);
  const CaseRule rule =
      policy_.use_0x20 && attempt.protocol == Protocol::Udp ? CaseRule::Exact : CaseRule::Any;
  const Judged judged = reply ? judge_reply(*reply, attempt.query, rule, policy_.ttl) : Judged{};
  switch (judged.verdict) {
    case ReplyVerdict::Answer:
      succeed(attempt.upstream, attempt.sent, now);
      return finish(exchange, judged.resolved, now);
    case ReplyVerdict::WrongCase:  // A forgery, or a server that changes names. Over TCP it is
                                   // neither.
      counters_.wrong_case.add();
      send(exchange, attempt.upstream, Protocol::Tcp, now);
      return set_alarm();
    case ReplyVerdict::Failed:  // It works, but can't say: perhaps another can.
      succeed(attempt.upstream, attempt.sent, now);
      exchange.was_heard = true;
      break;
    case ReplyVerdict::Malformed:
      fail(attempt.upstream, now);
      break;
  }
  if (!try_next(exchange, now) && exchange.open.empty()) return give_up(exchange, now);
  set_timer(exchange);
  set_alarm();
}

void ForwardLogic::on_wake(TimePoint now) {
  while (!timers_.empty() && timers_.begin()->first <= now) {
    on_timer(*timers_.begin()->second, now);
  }
  set_alarm();
}

/// One thing that is due; each moves the exchange's timer on, or ends it.
void ForwardLogic::on_timer(Exchange& exchange, TimePoint now) {
  if (exchange.deadline <= now) {
    mark_late(exchange, now);
    return give_up(exchange, now);
  }
  if (exchange.stale_at && *exchange.stale_at <= now) {
    exchange.stale_at.reset();
    serve_stale(exchange, now);
  } else if (exchange.retry_at && *exchange.retry_at <= now) {
    mark_late(exchange, now);
    if (try_next(exchange, now)) counters_.races.add();
  }
  set_timer(exchange);
}

/// Those who had their time. They may still answer, and then count as if they had been in time.
void ForwardLogic::mark_late(const Exchange& exchange, TimePoint now) {
  for (const AttemptId id : exchange.open) {
    Attempt& attempt = attempts_.at(id);
    const bool had_time = now - attempt.sent >= health_.patience(attempt.upstream);
    if (had_time && !std::exchange(attempt.is_late, true)) fail(attempt.upstream, now);
  }
}

void ForwardLogic::set_timer(Exchange& exchange) {
  TimePoint due = exchange.deadline;
  if (exchange.stale_at) due = std::min(due, *exchange.stale_at);
  if (exchange.retry_at) due = std::min(due, *exchange.retry_at);
  timers_.erase(exchange.timer);
  exchange.timer = timers_.emplace(due, &exchange);
}

void ForwardLogic::set_alarm() {
  if (!timers_.empty()) network_.wake_at(timers_.begin()->first);
}

void ForwardLogic::fail(std::size_t upstream, TimePoint now) {
  health_.failed(upstream, now);
  counters_.upstreams[upstream].failures.add();
  if (!health_.is_up(upstream, now)) set(counters_.upstreams[upstream].down, 1);
}

void ForwardLogic::succeed(std::size_t upstream, TimePoint sent, TimePoint now) {
  health_.answered(upstream, std::chrono::duration_cast<milliseconds>(now - sent));
  set(counters_.upstreams[upstream].down, 0);
}

void ForwardLogic::finish(Exchange& exchange,
                          const std::shared_ptr<const Resolved>& resolved,
                          TimePoint now) {
  const auto waiters = take_waiters(exchange);
  cache_.store(exchange.question, resolved, now);
  end(exchange);
  count_cache();
  for (const Waiter& waiter : waiters) {
    counters_.count(Forwarded::Upstream);
    waiter.done({*resolved, resolved->ttl_s});
  }
  set_alarm();
}

/// A stale answer is better than none (RFC 8767 section 4).
void ForwardLogic::give_up(Exchange& exchange, TimePoint now) {
  serve_stale(exchange, now);
  const auto waiters = take_waiters(exchange);
  cache_.store_failure(exchange.question, now);
  const auto error =
      exchange.was_heard ? std::nullopt : std::optional(ExtendedError::NoReachableAuthority);
  end(exchange);
  count_cache();
  for (const Waiter& waiter : waiters) {
    counters_.count(Forwarded::Failed);
    waiter.done({servfail(), 0, error});
  }
  set_alarm();
}

/// To all who wait, if there is one; upstreams go on being asked.
void ForwardLogic::serve_stale(Exchange& exchange, TimePoint now) {
  const auto hit = cache_.find(exchange.question, now);
  if (!hit || !hit->is_stale) return;
  for (const Waiter& waiter : take_waiters(exchange)) {
    counters_.count(Forwarded::Stale);
    waiter.done(as_stale(*hit));
  }
}

std::vector<ForwardLogic::Waiter> ForwardLogic::take_waiters(Exchange& exchange) {
  auto waiters = std::exchange(exchange.waiters, {});
  waiting_ -= waiters.size();
  for (const Waiter& waiter : waiters) {
    const auto of_client = per_client_.find(waiter.client);
    if (--of_client->second == 0) per_client_.erase(of_client);
  }
  return waiters;
}

void ForwardLogic::end(Exchange& exchange) {
  for (const AttemptId id : exchange.open) {
    network_.cancel(id);
    attempts_.erase(id);
  }
  timers_.erase(exchange.timer);
  counters_.under_way.subtract();
  exchanges_.erase(exchanges_.find(QuestionKey(exchange.question).view()));
}

ForwardAnswer ForwardLogic::as_stale(const ForwardCache::Hit& hit) const {
  const bool is_denial = hit.resolved->rcode == Rcode::NxDomain;
  return {*hit.resolved,
          hit.ttl_s,
          is_denial ? ExtendedError::StaleNxDomain : ExtendedError::StaleAnswer};
}

void ForwardLogic::count_cache() {
  set(counters_.cache_entries, cache_.entries());
  set(counters_.cache_octets, cache_.octets());
}

}  // namespace dnsd
