#include "rollout/conductor.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "common/log.h"
#include "rollout/text.h"

namespace rollout {

namespace log = common::log;
using common::ErrorCode;
using common::Expected;
using watcher::VipId;

Conductor::Conductor(World world)
    : world_(std::move(world)), published_(std::make_shared<const Rollouts>()) {}

Expected<void> Conductor::start(Plan plan, TimePoint now) {
  const watcher::Vip* vip = find(plan.vip);
  auto complete_plan = complete(std::move(plan), vip);
  if (!complete_plan) return tl::unexpected(complete_plan.error());
  const VipId id = complete_plan->vip;
  if (auto idle = check_idle(id); !idle) return idle;
  std::erase_if(rollouts_, [&](const Rollout& old) { return old.plan().vip == id; });
  const Figures fresh = look(id, complete_plan->to);
  const Figures old = look(id, complete_plan->from);
  rollouts_.emplace_back(std::move(*complete_plan), fresh, old, now);
  publish(&rollouts_.back());
  return {};
}

Expected<void> Conductor::pause(const VipId& vip, TimePoint) {
  Rollout* rollout = under_way(vip);
  if (rollout == nullptr) return none(vip);
  rollout->pause("by the operator");
  publish(nullptr);
  return {};
}

Expected<void> Conductor::resume(const VipId& vip, TimePoint now) {
  Rollout* rollout = under_way(vip);
  if (rollout == nullptr) return none(vip);
  rollout->resume(look(vip, rollout->plan().to), look(vip, rollout->plan().from), now);
  publish(rollout);
  return {};
}

Expected<void> Conductor::abort(const VipId& vip, TimePoint) {
  Rollout* rollout = under_way(vip);
  if (rollout == nullptr) return none(vip);
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

/// While sources are silent nothing is judged: what is not seen need not be gone.
void Conductor::tick(TimePoint now) {
  if (!world_.snapshot().synced || world_.snapshot().restored) return;
  for (Rollout& rollout : rollouts_) {
    if (rollout.state() != State::Running) continue;
    const Plan& plan = rollout.plan();
    const std::string reason = rollout.reason();
    const bool moved = rollout.tick(look(plan.vip, plan.to), look(plan.vip, plan.from), now);
    if (moved || rollout.state() != State::Running || rollout.reason() != reason) {
      publish(moved ? &rollout : nullptr);
    }
  }
}

Rollout* Conductor::under_way(const VipId& vip) {
  const auto found = std::find_if(rollouts_.begin(), rollouts_.end(), [&](const Rollout& rollout) {
    return rollout.plan().vip == vip && !rollout.is_over();
  });
  return found == rollouts_.end() ? nullptr : &*found;
}

const watcher::Vip* Conductor::find(const VipId& vip) const {
  const auto* known = world_.snapshot().vips.find(vip);
  return known == nullptr ? nullptr : known->get();
}

Expected<void> Conductor::check_idle(const VipId& vip) {
  if (under_way(vip) == nullptr) return {};
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

Expected<void> Conductor::none(const VipId& vip) {
  return common::fail(ErrorCode::NotFound, "no rollout of " + vip.to_string() + " is under way");
}

void Conductor::publish(const Rollout* moved) {
  std::vector<watcher::Update> updates{watcher::Note{kNote, print(rollouts_)}};
  if (moved != nullptr) updates.emplace_back(moved->weights());
  published_.publish(std::make_shared<const Rollouts>(rollouts_));
  world_.apply(std::move(updates));
}

void Conductor::restore(const std::string& note, TimePoint now) {
  const auto stored = read(note);
  if (!stored) return log::error("rollouts of the last run: {}", stored.error().message);
  for (const Stored& one : *stored) {
    if (one.state == State::Running) {
      rollouts_.emplace_back(one.plan, Figures{}, Figures{}, now, one.step);
    } else {
      rollouts_.emplace_back(one.plan, one.state, one.step, one.reason);
    }
  }
  publish(nullptr);
}

}  // namespace rollout
