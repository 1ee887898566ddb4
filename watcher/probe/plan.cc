#include "watcher/probe/plan.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <span>

#include "watcher/vips/checks.h"

namespace watcher {
namespace {

using BackendRefs = std::vector<std::reference_wrapper<const Backend>>;

/// What drains is leaving anyway; but what the operator drains comes back, as it then is.
bool wants_check(const VipId& id, const Backend& backend) {
  const bool leaves = backend.state == BackendState::Draining && !backend.drained;
  return !leaves && is_checked(id.protocol, backend.check);
}

/// The checked backends of `vip` that don't stand in `other` just so.
BackendRefs checked_only_in(const VipPtr& vip, const VipPtr& other) {
  BackendRefs backends;
  if (!vip) return backends;
  static constexpr std::span<const Backend> kNone;
  const auto rest = other ? std::span<const Backend>(other->backends) : kNone;
  std::set_difference(vip->backends.begin(),
                      vip->backends.end(),
                      rest.begin(),
                      rest.end(),
                      std::back_inserter(backends));
  std::erase_if(backends, [&](const Backend& backend) { return !wants_check(vip->id, backend); });
  return backends;
}

}  // namespace

std::chrono::steady_clock::time_point next_beat(std::chrono::steady_clock::time_point now,
                                                std::chrono::steady_clock::duration period,
                                                std::uint64_t hash) {
  const auto ticks = static_cast<std::uint64_t>(period.count());
  const std::chrono::steady_clock::duration phase(static_cast<std::int64_t>(hash % ticks));
  const auto since_beat = (now.time_since_epoch() - phase + period) % period;
  return now - since_beat + period;
}

void ProbePlan::apply(const Change& change, TimePoint now) {
  for (const auto& [before, after] : change.vips) {
    // A backend whose state changed is in both lists: gaining it first keeps its check alive.
    const Protocol protocol = (after ? after : before)->id.protocol;
    for (const Backend& b : checked_only_in(after, before)) subscribe(protocol, b, now);
    for (const Backend& b : checked_only_in(before, after)) unsubscribe(protocol, b);
  }
}

std::vector<ProbePlan::Start> ProbePlan::take_due(TimePoint now) {
  std::vector<Start> starts;
  while (!waiting_.empty() && waiting_.begin()->first <= now &&
         under_way_.size() < options_.parallel) {
    const Question question = waiting_.begin()->second;
    waiting_.erase(waiting_.begin());
    under_way_.emplace(++last_ticket_, checks_.at(question));
    common::SocketAddress endpoint = question.endpoint;
    if (question.check->port > 0) endpoint.port = question.check->port;
    starts.push_back({last_ticket_, endpoint, question.check, question});
  }
  return starts;
}

std::optional<ProbePlan::TimePoint> ProbePlan::next_due() const {
  if (waiting_.empty() || under_way_.size() >= options_.parallel) return std::nullopt;
  return waiting_.begin()->first;
}

bool ProbePlan::finish(std::uint64_t ticket, Outcome outcome, TimePoint now) {
  const auto started = under_way_.extract(ticket);
  const auto check = started.mapped().lock();
  if (!check) return false;  // Nobody needs the endpoint any more, or others need it anew.
  if (outcome != Outcome::Inconclusive && check->verdict.observe(outcome == Outcome::Passed)) {
    for (const auto& [task, uses] : check->users) report(port_of(task, check->question));
  }
  schedule(*check, next_beat(now, period_of(*check), check->hash));
  return true;
}

std::vector<Update> ProbePlan::take_reports() {
  std::vector<Update> updates;
  for (const auto& [port, health] : std::exchange(reports_, {})) {
    const auto& [task, number, protocol] = port;
    updates.emplace_back(
        Probed{.key = task, .port = number, .protocol = protocol, .health = health});
  }
  return updates;
}

void ProbePlan::subscribe(Protocol protocol, const Backend& backend, TimePoint now) {
  const Question question{backend.endpoint, protocol, backend.check};
  std::shared_ptr<Check>& check = checks_[question];
  if (!check) {
    check =
        std::make_shared<Check>(Check{.question = question,
                                      .verdict = Verdict(limits_of(*question.check)),
                                      .due = {},
                                      .hash = std::hash<common::SocketAddress>{}(question.endpoint),
                                      .users = {}});
    schedule(*check, now);
  }
  if (++check->users[backend.task] > 1) return;
  const Port port = port_of(backend.task, question);
  ports_[port].insert(check.get());
  report(port);
}

void ProbePlan::unsubscribe(Protocol protocol, const Backend& backend) {
  const auto place = checks_.find({backend.endpoint, protocol, backend.check});
  Check& check = *place->second;
  const auto user = check.users.find(backend.task);
  if (--user->second > 0) return;
  check.users.erase(user);

  const auto port = ports_.find(port_of(backend.task, check.question));
  port->second.erase(&check);
  if (port->second.empty()) {
    reports_.erase(port->first);
    ports_.erase(port);
  } else {
    report(port->first);
  }
  if (!check.users.empty()) return;
  waiting_.erase({check.due, check.question});
  checks_.erase(place);
}

Verdict::Limits ProbePlan::limits_of(const config::Check& check) const {
  return {.rise = check.rise.value_or(options_.limits.rise),
          .fall = check.fall.value_or(options_.limits.fall)};
}

/// From one check to the next.
std::chrono::milliseconds ProbePlan::period_of(const Check& check) const {
  const auto interval = check.question.check->interval.value_or(options_.interval);
  return check.verdict.is_steady() ? interval : std::min(interval, options_.closer_look);
}

/// Notes what is known of a port; nothing while no endpoint passes and some are not known yet.
void ProbePlan::report(const Port& port) {
  bool all_known = true;
  for (const Check* check : ports_.at(port)) {
    if (check->verdict.health() == Health::Passing) {
      reports_[port] = Health::Passing;
      return;
    }
    all_known = all_known && check->verdict.health() != Health::Unknown;
  }
  if (all_known) reports_[port] = Health::Failing;
}

void ProbePlan::schedule(Check& check, TimePoint due) {
  check.due = due;
  waiting_.emplace(due, check.question);
}

}  // namespace watcher
