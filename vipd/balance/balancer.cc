#include "vipd/balance/balancer.h"

#include <algorithm>
#include <compare>
#include <utility>

namespace vipd {

using watcher::BackendState;

namespace {

std::vector<Target*> untried(std::span<Target* const> targets, const Attempts& attempts) {
  std::vector<Target*> rest;
  for (Target* target : targets) {
    if (!attempts.tried(*target)) rest.push_back(target);
  }
  return rest;
}

std::strong_ordering compare(const Target& target,
                             const common::SocketAddress& endpoint,
                             std::size_t task_hash) {
  const auto by_endpoint = target.endpoint <=> endpoint;
  return std::is_neq(by_endpoint) ? by_endpoint : target.task_hash <=> task_hash;
}

}  // namespace

bool Attempts::tried(const Target& target) const {
  return std::find(failed.begin(), failed.end(), target.id) != failed.end();
}

std::vector<Target*> Balancer::update(std::span<const watcher::Backend> backends, TimePoint now) {
  for (auto& target : targets_) target->in_table = false;
  for (const auto& backend : backends) {
    Target& target = find_or_add(backend);
    target.in_table = true;
    target.state = backend.state;
    target.drain = backend.drain;
  }
  note_losses(now);
  std::erase_if(targets_, [](const auto& t) { return !t->in_table && t->sessions.empty(); });
  auto began = begin_drains(now);
  rebuild_candidates(now);
  return began;
}

Target* Balancer::pick(const Attempts& attempts, TimePoint now) {
  if (now >= stale_at_) rebuild_available(now);
  if (attempts.failed.empty()) {
    return available_.empty() ? nullptr : available_[policy_->choose(available_)];
  }
  auto rest = untried(available_, attempts);
  if (rest.empty()) rest = untried(candidates_, attempts);
  return rest.empty() ? nullptr : rest[policy_->choose(rest)];
}

void Balancer::succeeded(Target& target, TimePoint now) {
  lived_at_ = now;
  if (target.ejection.until() == TimePoint{}) return;
  target.ejection.succeeded();
  stale_at_ = TimePoint::min();
}

void Balancer::failed(Target& target, TimePoint now) {
  target.ejection.failed(now);
  stale_at_ = TimePoint::min();
}

void Balancer::release(Target& target) {
  if (target.in_table || !target.sessions.empty()) return;
  std::erase_if(targets_, [&target](const auto& t) { return t.get() == &target; });
}

Target* Balancer::find(std::uint32_t id) {
  const auto found = std::find_if(
      targets_.begin(), targets_.end(), [id](const auto& target) { return target->id == id; });
  return found == targets_.end() ? nullptr : found->get();
}

Target& Balancer::find_or_add(const watcher::Backend& backend) {
  const std::size_t task_hash = std::hash<watcher::TaskKey>{}(backend.task);
  const auto place = std::lower_bound(targets_.begin(),
                                      targets_.end(),
                                      task_hash,
                                      [&backend](const auto& target, std::size_t task) {
                                        return std::is_lt(compare(*target, backend.endpoint, task));
                                      });
  if (place != targets_.end() && std::is_eq(compare(**place, backend.endpoint, task_hash)))
    return **place;
  auto target = std::make_unique<Target>();
  target->id = ++last_id_;
  target->endpoint = backend.endpoint;
  target->task_hash = task_hash;
  return **targets_.insert(place, std::move(target));
}

/// What passed until now and does no longer was alive until now, more or less.
void Balancer::note_losses(TimePoint now) {
  for (auto& target : targets_) {
    const bool passes = target->in_table && target->state == BackendState::Passing;
    if (std::exchange(target->passes, passes) && !passes) lived_at_ = now;
  }
}

std::vector<Target*> Balancer::begin_drains(TimePoint now) {
  std::vector<Target*> began;
  for (const auto& target : targets_) {
    if (!target->in_table) target->state = BackendState::Draining;
    if (target->state != BackendState::Draining) {
      target->draining_since.reset();
    } else if (!target->draining_since) {
      target->draining_since = now;
      if (!target->sessions.empty()) began.push_back(target.get());
    }
  }
  return began;
}

void Balancer::rebuild_candidates(TimePoint now) {
  candidates_.clear();
  for (const BackendState wanted : {BackendState::Passing, BackendState::Failing}) {
    for (const auto& target : targets_) {
      if (target->state == wanted) candidates_.push_back(target.get());
    }
    if (!candidates_.empty()) break;
  }
  rebuild_available(now);
}

void Balancer::rebuild_available(TimePoint now) {
  available_.clear();
  stale_at_ = TimePoint::max();
  for (Target* target : candidates_) {
    if (target->ejection.active(now)) {
      stale_at_ = std::min(stale_at_, target->ejection.until());
    } else {
      available_.push_back(target);
    }
  }
  if (available_.empty()) available_ = candidates_;
}

}  // namespace vipd
