#include "rollout/conductor.h"

#include <algorithm>
#include <memory>
#include <tuple>
#include <utility>

#include "common/log.h"
#include "rollout/drained.h"
#include "rollout/text.h"

namespace rollout {

namespace log = common::log;
using common::ErrorCode;
using common::Expected;
using watcher::VipId;

namespace {

/// All that can change.
auto look_of(const Rollout& one) {
  return std::tuple(one.state(),
                    one.stage(),
                    one.step(),
                    one.percent(),
                    one.reason(),
                    one.waits_for(),
                    one.stored().sizes);
}

}  // namespace

Conductor::Conductor(World world)
    : world_(std::move(world)), published_(std::make_shared<const Rollouts>()) {}

Expected<void> Conductor::start(Plan plan, TimePoint now) {
  const watcher::Vip* vip = find(plan.vip);
  auto complete_plan = complete(std::move(plan), vip);
  if (!complete_plan) return tl::unexpected(complete_plan.error());
  const VipId id = complete_plan->vip;
  if (auto idle = check_idle(id); !idle) return idle;
  std::erase_if(rollouts_, [&](const Rollout& old) { return old.plan().vip == id; });
  if (auto allowed = may_scale(*complete_plan); !allowed) return allowed;
  const Figures fresh = look(id, complete_plan->to);
  const Figures old = look(id, complete_plan->from);
  rollouts_.emplace_back(std::move(*complete_plan), fresh, old, now);
  publish(&rollouts_.back());
  return {};
}

Expected<void> Conductor::pause(const VipId& vip, TimePoint) {
  Rollout* rollout = under_way(vip);
  if (rollout == nullptr || rollout->is_over()) return none(vip);
  rollout->pause("by the operator");
  publish(nullptr);
  return {};
}

Expected<void> Conductor::resume(const VipId& vip, TimePoint now) {
  Rollout* rollout = under_way(vip);
  if (rollout == nullptr || rollout->is_over()) return none(vip);
  rollout->resume(look(vip, rollout->plan().to), look(vip, rollout->plan().from), now);
  publish(rollout);
  return {};
}

Expected<void> Conductor::abort(const VipId& vip, TimePoint) {
  Rollout* rollout = under_way(vip);
  if (rollout == nullptr || rollout->is_over()) return none(vip);
  if (rollout->stage() == Stage::Retiring) {
    return common::fail(ErrorCode::Conflict,
                        "it is decided, and instances that have no clients any more go; the way "
                        "back is a rollout to the other pool");
  }
  rollout->abort("by the operator");
  publish(rollout);
  return {};
}

Expected<void> Conductor::weigh(const watcher::Weights& weights) {
  if (auto idle = check_idle(weights.vip); !idle) return idle;
  if (auto checked = check_weights(weights.pools, weights.vip, world_.snapshot()); !checked) {
    return checked;
  }
  world_.apply({weights});
  return {};
}

Expected<void> Conductor::switch_to(const VipId& vip,
                                    const std::string& pool,
                                    const config::DrainRule& at_rest) {
  watcher::PoolWeights weights{{pool, 100}};
  const watcher::Vip* known = find(vip);
  if (known != nullptr) {
    for (const std::string& other : pools_of(*known)) weights.try_emplace(other, 0);
  }
  return weigh({vip, std::move(weights), at_rest});
}

Expected<void> Conductor::drain(const watcher::Drain& asked) {
  const watcher::Drain drain = known_as(asked, world_.snapshot());
  watcher::Drains drains = world_.snapshot().drains;
  if (auto found = find_drained(drain, world_.snapshot()); !found) return found;
  if (drains.all->size() >= watcher::Drains::kMost && !drains.all->contains(drain)) {
    return common::fail(ErrorCode::Conflict,
                        "too much is drained already; end some of it with `signpost drain --undo`");
  }
  drains.all.edit().insert(drain);
  world_.apply({std::move(drains)});
  return {};
}

Expected<void> Conductor::undrain(const watcher::Drain& asked) {
  const watcher::Drain drain = known_as(asked, world_.snapshot());
  watcher::Drains drains = world_.snapshot().drains;
  if (drains.all.edit().erase(drain) == 0) {
    return common::fail(ErrorCode::NotFound,
                        drain.to_string() + " is not drained; `signpost drain` lists what is");
  }
  world_.apply({std::move(drains)});
  return {};
}

/// While sources are silent nothing is judged: what is not seen need not be gone.
void Conductor::tick(TimePoint now) {
  const bool silent = !world_.snapshot().synced || world_.snapshot().restored;
  for (Rollout& rollout : rollouts_) {
    if (rollout.state() == State::Paused || rollout.is_settled()) continue;
    if (silent) {
      rollout.recover(now);
      continue;
    }
    const auto before = look_of(rollout);
    const bool moved = advance(rollout, now);
    if (moved || look_of(rollout) != before) {
      publish(moved ? &rollout : nullptr);
    }
    send_order(rollout);
  }
}

/// True when the shares changed.
bool Conductor::advance(Rollout& rollout, TimePoint now) {
  const Plan& plan = rollout.plan();
  const bool moved = rollout.tick(look(plan.vip, plan.to), look(plan.vip, plan.from), now);
  if (moved) return true;  // What is to go has its clients until these shares are served.
  if (const std::string* app = rollout.leaving()) rollout.retire(instances(plan.vip, *app), now);
  return false;
}

/// After it was published, so that the next run knows of what this one has done.
void Conductor::send_order(Rollout& rollout) {
  const auto order = rollout.take_order(++orders_);
  if (!order) return;
  const Plan& plan = rollout.plan();
  journal_.sent(plan, *order);
  world_.order(plan.scale->source,
               *order,
               [this, vip = plan.vip, order = *order, number = orders_](Outcome outcome) {
                 journal_.answered(vip, order, outcome);
                 Rollout* asked = under_way(vip);
                 if (asked != nullptr) asked->answered(number, std::move(outcome));
               });
}

Rollout* Conductor::under_way(const VipId& vip) {
  const auto found = std::find_if(rollouts_.begin(), rollouts_.end(), [&](const Rollout& rollout) {
    return rollout.plan().vip == vip && !rollout.is_settled();
  });
  return found == rollouts_.end() ? nullptr : &*found;
}

const watcher::Vip* Conductor::find(const VipId& vip) const {
  const auto* known = world_.snapshot().vips.find(vip);
  return known == nullptr ? nullptr : known->get();
}

Expected<void> Conductor::check_idle(const VipId& vip) {
  const Rollout* rollout = under_way(vip);
  if (rollout == nullptr) return {};
  if (rollout->is_over()) {
    return common::fail(ErrorCode::Conflict,
                        "the rollout of " + vip.to_string() +
                            " still takes away instances that it added; wait until `signpost "
                            "rollout status` says no more of it");
  }
  return common::fail(
      ErrorCode::Conflict,
      "a rollout of " + vip.to_string() + " is under way; end it with `signpost rollout abort`");
}

Figures Conductor::look(const VipId& vip, const std::string& pool) const {
  Figures figures = world_.figures(vip, pool);
  const watcher::Vip* known = find(vip);
  if (known == nullptr) return figures;
  for (const watcher::Backend& backend : known->backends) {
    if (backend.app != pool || backend.state == watcher::BackendState::Draining) continue;
    ++figures.backends;
    if (backend.state == watcher::BackendState::Failing) ++figures.failing;
  }
  return figures;
}

std::vector<Instance> Conductor::instances(const VipId& vip, const std::string& pool) const {
  std::vector<Instance> all;
  const watcher::Vip* known = find(vip);
  if (known == nullptr) return all;
  for (const watcher::Backend& backend : known->backends) {
    if (backend.app != pool) continue;
    all.push_back({*backend.task.id,
                   world_.sessions(vip, pool, backend.endpoint),
                   backend.state == watcher::BackendState::Draining && !backend.drained});
  }
  return all;
}

Expected<void> Conductor::may_scale(Plan& plan) const {
  if (!plan.scale) return {};
  auto source = source_of(plan, world_.snapshot());
  if (!source) return tl::unexpected(source.error());
  plan.scale->source = std::move(*source);
  return world_.may_scale(plan.scale->source);
}

Expected<void> Conductor::none(const VipId& vip) {
  return common::fail(ErrorCode::NotFound, "no rollout of " + vip.to_string() + " is under way");
}

void Conductor::publish(const Rollout* moved) {
  std::vector<watcher::Update> updates{watcher::Note{kNote, print(rollouts_)}};
  if (moved != nullptr) updates.emplace_back(moved->weights());
  journal_.follow(rollouts_);
  published_.publish(std::make_shared<const Rollouts>(rollouts_));
  world_.apply(std::move(updates));
}

void Conductor::restore(const std::string& note, TimePoint now) {
  const auto stored = read(note);
  if (!stored) return log::error("rollouts of the last run: {}", stored.error().message);
  for (const Stored& one : *stored) {
    rollouts_.emplace_back(one, now);
    rollouts_.back().recover(now);
  }
  journal_.adopt(rollouts_);
  publish(nullptr);
}

void Conductor::describe(common::MetricsPage& page) const {
  journal_.describe(page);
  Journal::describe(*published_.current(), page);
}

}  // namespace rollout
