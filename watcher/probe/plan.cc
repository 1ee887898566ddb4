#include "watcher/probe/plan.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <span>

namespace watcher {
namespace {

using BackendRefs = std::vector<std::reference_wrapper<const Backend>>;

/// UDP tells nothing without knowing the protocol above it; what drains is leaving anyway.
bool is_checked(const VipId& id, const Backend& backend) {
  return id.protocol == Protocol::Tcp && backend.state != BackendState::Draining;
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
  std::erase_if(backends, [&](const Backend& backend) { return !is_checked(vip->id, backend); });
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
    for (const Backend& backend : checked_only_in(after, before)) subscribe(backend, now);
    for (const Backend& backend : checked_only_in(before, after)) unsubscribe(backend);
  }
}

std::vector<ProbePlan::Start> ProbePlan::take_due(TimePoint now) {
  std::vector<Start> starts;
  while (!waiting_.empty() && waiting_.begin()->first <= now &&
         under_way_.size() < options_.parallel) {
    const common::SocketAddress endpoint = waiting_.begin()->second;
    waiting_.erase(waiting_.begin());
    under_way_.emplace(++last_ticket_, checks_.at(endpoint));
    starts.push_back({last_ticket_, endpoint});
  }
  return starts;
}

std::optional<ProbePlan::TimePoint> ProbePlan::next_due() const {
  if (waiting_.empty() || under_way_.size() >= options_.parallel) return std::nullopt;
  return waiting_.begin()->first;
}

void ProbePlan::finish(std::uint64_t ticket, Outcome outcome, TimePoint now) {
  const auto started = under_way_.extract(ticket);
  const auto check = started.mapped().lock();
  if (!check) return;  // Nobody needs the endpoint any more, or others need it anew.
  if (outcome != Outcome::Inconclusive && check->verdict.observe(outcome == Outcome::Passed)) {
    for (const auto& [task, uses] : check->users) report({task, check->endpoint.port});
  }
  const auto period = check->verdict.is_steady()
                          ? options_.interval
                          : std::min(options_.interval, options_.closer_look);
  schedule(*check, next_beat(now, period, std::hash<common::SocketAddress>{}(check->endpoint)));
}

std::vector<Update> ProbePlan::take_reports() {
  std::vector<Update> updates;
  for (const auto& [port, health] : std::exchange(reports_, {})) {
    updates.emplace_back(Probed{
        .key = port.first, .port = port.second, .protocol = Protocol::Tcp, .health = health});
  }
  return updates;
}

void ProbePlan::subscribe(const Backend& backend, TimePoint now) {
  std::shared_ptr<Check>& check = checks_[backend.endpoint];
  if (!check) {
    check = std::make_shared<Check>(Check{
        .endpoint = backend.endpoint, .verdict = Verdict(options_.limits), .due = {}, .users = {}});
    schedule(*check, now);
  }
  if (++check->users[backend.task] > 1) return;
  const Port port(backend.task, backend.endpoint.port);
  ports_[port].insert(check.get());
  report(port);
}

void ProbePlan::unsubscribe(const Backend& backend) {
  const auto place = checks_.find(backend.endpoint);
  Check& check = *place->second;
  const auto user = check.users.find(backend.task);
  if (--user->second > 0) return;
  check.users.erase(user);

  const auto port = ports_.find(Port(backend.task, backend.endpoint.port));
  port->second.erase(&check);
  if (port->second.empty()) {
    reports_.erase(port->first);
    ports_.erase(port);
  } else {
    report(port->first);
  }
  if (!check.users.empty()) return;
  waiting_.erase({check.due, check.endpoint});
  checks_.erase(place);
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
  waiting_.emplace(due, check.endpoint);
}

}  // namespace watcher
