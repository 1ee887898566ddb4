#include "vipd/balance/balancer.h"

#include <algorithm>
#include <compare>
#include <iterator>
#include <utility>

#include "common/hash.h"

namespace vipd {

using watcher::BackendState;

namespace {

std::strong_ordering compare(const Target& target,
                             const common::SocketAddress& endpoint,
                             std::size_t task_hash) {
  const auto by_endpoint = target.endpoint <=> endpoint;
  return std::is_neq(by_endpoint) ? by_endpoint : target.task_hash <=> task_hash;
}

/// Precondition: not empty.
void keep_nearest(std::vector<Target*>& targets) {
  const auto by_distance = [](const Target* a, const Target* b) { return a->near < b->near; };
  const auto nearest = (*std::min_element(targets.begin(), targets.end(), by_distance))->near;
  std::erase_if(targets, [nearest](const Target* target) { return target->near != nearest; });
}

Target::Leaving leaving_of(const Target& target) {
  if (target.state == BackendState::Draining && !target.drained) return Target::Leaving::Going;
  const bool rests = target.options.weight == 0U && target.at_rest.what != config::Drain::Keep;
  return rests ? Target::Leaving::AtRest : Target::Leaving::No;
}

}  // namespace

bool Attempts::tried(const Target& target) const {
  return std::find(failed.begin(), failed.end(), target.id) != failed.end();
}

void Balancer::configure(const Options& options, TimePoint now) {
  if (std::exchange(options_, options) == options) return;
  pools_.clear();
  rebuild_candidates(now);
}

std::vector<Target*> Balancer::update(std::span<const watcher::Backend> backends, TimePoint now) {
  for (auto& target : targets_) target->in_table = false;
  for (const auto& backend : backends) {
    Target& target = find_or_add(backend);
    target.in_table = true;
    target.state = backend.state;
    target.drained = backend.drained;
    target.drain = backend.drain;
    target.options = backend.options;
    target.options.weight = backend.weight();
    target.near = backend.near;
    // Another rule for those at rest counts from now on.
    const bool is_new_rule = std::exchange(target.at_rest, backend.at_rest) != backend.at_rest;
    if (is_new_rule && target.leaving == Target::Leaving::AtRest) {
      target.leaving = Target::Leaving::No;
    }
  }
  note_health(now);
  auto began = begin_drains(now);
  std::erase_if(targets_, [](const auto& t) { return !t->in_table && t->sessions.empty(); });
  rebuild_candidates(now);
  return began;
}

Target* Balancer::pick(const Attempts& attempts, TimePoint now) {
  if (now >= stale_at_) rebuild_available(now);
  if (!attempts.failed.empty()) return pick_untried(attempts);
  Pool* pool = choose_pool(attempts.client);
  if (pool == nullptr) return nullptr;
  Target* chosen = pool->nearest[pool->policy->choose(pool->nearest, attempts.client)];
  return has_room(*chosen) ? chosen : pick_untried(attempts);
}

bool Balancer::is_full(const Attempts& attempts) const {
  bool any = false;
  for (const Pool& pool : pools_) {
    for (const Target* target : pool.candidates) {
      if (attempts.tried(*target)) continue;
      if (has_room(*target)) return false;
      any = true;
    }
  }
  return any;
}

/// What pool it is of does not matter now: that somebody answers does.
Target* Balancer::pick_untried(const Attempts& attempts) {
  for (const auto among : {&Pool::available, &Pool::candidates}) {
    untried_.clear();
    for (const Pool& pool : pools_) {
      for (Target* target : pool.*among) {
        if (!attempts.tried(*target) && has_room(*target)) untried_.push_back(target);
      }
    }
    if (untried_.empty()) continue;
    keep_nearest(untried_);
    return untried_[pools_.front().policy->choose(untried_, attempts.client)];
  }
  return nullptr;
}

void Balancer::succeeded(Target& target, std::chrono::nanoseconds connect_time, TimePoint now) {
  lived_at_ = now;
  target.connect_time.observe(connect_time, now);
  if (target.ejection.active()) readmit(target, now);
}

bool Balancer::failed(Target& target, TimePoint now) {
  if (target.ejection.active() || !is_candidate(target) || ejected().size() >= may_be_ejected()) {
    return false;
  }
  target.ejection.failed(now);
  stale_at_ = TimePoint::min();
  return true;
}

bool Balancer::reset_early(Target& target, TimePoint now) {
  return target.ejection.reset_early() && failed(target, now);
}

void Balancer::checked(Target& target, bool passed, TimePoint now) {
  if (!target.ejection.active()) return;  // A client's connection was faster.
  passed ? readmit(target, now) : target.ejection.failed(now);
}

/// It starts slowly, like a newcomer.
void Balancer::readmit(Target& target, TimePoint now) {
  target.ejection.readmit(now);
  if (target.passes) target.passing_since = now;
  stale_at_ = TimePoint::min();
}

std::vector<Target*> Balancer::ejected() const {
  std::vector<Target*> found;
  for (const Pool& pool : pools_) {
    std::copy_if(pool.candidates.begin(),
                 pool.candidates.end(),
                 std::back_inserter(found),
                 [](const Target* target) { return target->ejection.active(); });
  }
  return found;
}

std::size_t Balancer::may_be_ejected() const {
  std::size_t all = 0;
  for (const Pool& pool : pools_) all += pool.candidates.size();
  if (options_.max_ejected == 0 || all == 0) return 0;
  const std::size_t share = all * static_cast<std::size_t>(options_.max_ejected) / 100;
  return std::min(std::max<std::size_t>(share, 1), all - 1);
}

bool Balancer::is_candidate(const Target& target) const {
  return std::any_of(pools_.begin(), pools_.end(), [&target](const Pool& pool) {
    return std::find(pool.candidates.begin(), pool.candidates.end(), &target) !=
           pool.candidates.end();
  });
}

/// Others have left, so that those left out are too many now: who has waited longest is back first.
void Balancer::readmit_due(TimePoint now) {
  std::vector<Target*> out = ejected();
  std::sort(out.begin(), out.end(), [](const Target* a, const Target* b) {
    return a->ejection.until() < b->ejection.until();
  });
  const std::size_t most = may_be_ejected();
  for (std::size_t i = 0; i < out.size(); ++i) {
    const bool too_many = out.size() - i > most;
    const bool over = options_.comes_back == Return::ByTime && out[i]->ejection.until() <= now;
    if (too_many || over) readmit(*out[i], now);
  }
}

void Balancer::release(Target& target) {
  if (target.in_table || !target.sessions.empty()) return;
  std::erase_if(targets_, [&target](const auto& t) { return t.get() == &target; });
}

std::uint64_t Balancer::client_hash(const common::SocketAddress& client) const {
  return options_.balance == config::Balance::SourcePort
             ? std::hash<common::SocketAddress>{}(client)
             : std::hash<common::IpAddress>{}(client.ip);
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
  target->pool = common::hash_bytes(backend.app);
  target->app = backend.app;
  return **targets_.insert(place, std::move(target));
}

/// What passed until now and does no longer was alive until now, more or less. Slow starts are for
/// those that join others: when all are new, all are equal.
void Balancer::note_health(TimePoint now) {
  const bool all_new = std::exchange(is_new_, false);
  for (auto& target : targets_) {
    const bool passes = target->in_table && target->state == BackendState::Passing;
    const bool passed = std::exchange(target->passes, passes);
    if (passed && !passes) lived_at_ = now;
    if (passes && !passed && !all_new) target->passing_since = now;
    if (passes && !passed) target->ejection.readmit(now);  // Whoever checks it found it well.
  }
}

std::vector<Target*> Balancer::begin_drains(TimePoint now) {
  std::vector<Target*> began;
  for (const auto& target : targets_) {
    if (!target->in_table) {
      target->state = BackendState::Draining;
      target->drained = false;
    }
    const Target::Leaving leaving = leaving_of(*target);
    if (std::exchange(target->leaving, leaving) == leaving) continue;
    target->draining_since.reset();
    if (leaving == Target::Leaving::No) continue;
    target->draining_since = now;
    if (!target->sessions.empty()) began.push_back(target.get());
  }
  return began;
}

void Balancer::rebuild_candidates(TimePoint now) {
  const std::vector<Target*> takers = this->takers();
  for (Pool& pool : pools_) pool.candidates.clear();
  sort_into_pools(takers);
  std::erase_if(pools_, [](const Pool& pool) { return pool.candidates.empty(); });
  for (Pool& pool : pools_) pool.policy->prepare(pool.candidates);
  rebuild_available(now);
}

/// Those that pass; if these are too few, those that fail as well.
std::vector<Target*> Balancer::takers() {
  std::vector<Target*> passing;
  std::vector<Target*> usable;
  for (const auto& target : targets_) {
    if (target->state == BackendState::Draining || target->options.weight == 0U) continue;
    usable.push_back(target.get());
    if (target->state == BackendState::Passing) passing.push_back(target.get());
  }
  const std::size_t wanted = usable.size() * static_cast<std::size_t>(options_.panic_threshold);
  in_panic_ = passing.size() < usable.size() && (passing.empty() || passing.size() * 100 < wanted);
  return in_panic_ ? usable : passing;
}

void Balancer::sort_into_pools(std::span<Target* const> takers) {
  const bool weighted = std::any_of(targets_.begin(), targets_.end(), [](const auto& t) {
    return t->in_table && t->options.weight.has_value();
  });
  for (Target* target : takers) {
    Pool& pool = pool_of(weighted ? target->pool : 0);
    pool.candidates.push_back(target);
    pool.weight = target->options.weight.value_or(kDefaultWeight);
  }
}

Balancer::Pool& Balancer::pool_of(std::size_t key) {
  const auto known = std::find_if(
      pools_.begin(), pools_.end(), [key](const Pool& pool) { return pool.key == key; });
  if (known != pools_.end()) return *known;
  Pool& pool = pools_.emplace_back();
  pool.key = key;
  pool.policy = make_policy(options_.balance, options_.seed);
  return pool;
}

void Balancer::rebuild_available(TimePoint now) {
  readmit_due(now);
  stale_at_ = TimePoint::max();
  for (Pool& pool : pools_) {
    pool.available.clear();
    for (Target* target : pool.candidates) {
      target->weight = weight_of(*target, now);
      if (!target->ejection.active()) {
        pool.available.push_back(target);
      } else if (options_.comes_back == Return::ByTime) {
        stale_at_ = std::min(stale_at_, target->ejection.until());
      }
    }
    pool.nearest = pool.available.empty() ? pool.candidates : pool.available;
    keep_nearest(pool.nearest);
  }
}

double Balancer::weight_of(const Target& target, TimePoint now) {
  if (!target.passes || !target.passing_since) return 1;
  const auto passed = now - *target.passing_since;
  if (passed >= options_.slow_start) return 1;
  stale_at_ = std::min(stale_at_, now + options_.slow_start / 16);
  const double part = std::chrono::duration<double>(passed) / options_.slow_start;
  return std::max(part, kSlowestStart);
}

/// By weight, exactly: the next in a smooth weighted round robin, or for a client that is kept the
/// one its hash falls on. Pools with nobody available only when there is no other.
Balancer::Pool* Balancer::choose_pool(std::uint64_t client) {
  if (pools_.size() <= 1) return pools_.empty() ? nullptr : &pools_.front();
  const bool any_available = std::any_of(
      pools_.begin(), pools_.end(), [](const Pool& pool) { return !pool.available.empty(); });
  const auto takes = [&](const Pool& pool) { return !any_available || !pool.available.empty(); };
  double total = 0;
  for (const Pool& pool : pools_) total += takes(pool) ? pool.weight : 0;

  const bool keeps_clients = options_.balance == config::Balance::Source ||
                             options_.balance == config::Balance::SourcePort;
  double point = static_cast<double>(common::mix(client) >> 11) * 0x1p-53 * total;
  Pool* best = nullptr;
  for (Pool& pool : pools_) {
    if (!takes(pool)) continue;
    if (keeps_clients) {
      best = &pool;
      if ((point -= pool.weight) < 0) return best;
    } else {
      pool.turn += pool.weight;
      if (best == nullptr || pool.turn > best->turn) best = &pool;
    }
  }
  if (!keeps_clients) best->turn -= total;
  return best;
}

}  // namespace vipd
