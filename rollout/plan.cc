#include "rollout/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

namespace rollout {
namespace {

using common::ErrorCode;
using common::Expected;
using common::fail;
using watcher::Vip;
using watcher::VipId;

tl::unexpected<common::Error> no_vip(const VipId& id) {
  return fail(ErrorCode::NotFound,
              fmt::format("there is no VIP {}; `signpost vips` lists them", id.to_string()));
}

Expected<void> check_pool(const std::string& pool, const Vip& vip) {
  const auto pools = pools_of(vip);
  if (std::find(pools.begin(), pools.end(), pool) != pools.end()) return {};
  return fail(ErrorCode::NotFound,
              fmt::format("{} has no pool {}; it has {}",
                          vip.id.to_string(),
                          pool.empty() ? "''" : pool,
                          pools.empty() ? "none" : fmt::format("{}", fmt::join(pools, ", "))));
}

bool has_passing(const std::string& pool, const Vip& vip) {
  return std::any_of(vip.backends.begin(), vip.backends.end(), [&](const auto& backend) {
    return backend.app == pool && backend.state == watcher::BackendState::Passing;
  });
}

Expected<void> check_steps(const std::vector<std::uint32_t>& steps) {
  const bool rise =
      std::adjacent_find(steps.begin(), steps.end(), std::greater_equal<>()) == steps.end();
  if (rise && steps.front() > 0 && steps.back() <= 100) return {};
  return fail(ErrorCode::InvalidInput,
              fmt::format("steps {} do not rise from 1 to 100 percent", fmt::join(steps, ",")));
}

/// The old pool, where the plan does not name it: the other one.
std::string other_pool(const std::string& pool, const Vip& vip) {
  for (const std::string& other : pools_of(vip)) {
    if (other != pool) return other;
  }
  return {};
}

}  // namespace

const std::vector<std::uint32_t>& usual_steps() {
  static const std::vector<std::uint32_t> steps{5, 20, 50, 100};
  return steps;
}

std::vector<std::string> pools_of(const Vip& vip) {
  std::set<std::string> pools;
  for (const auto& backend : vip.backends) pools.insert(*backend.app);
  return {pools.begin(), pools.end()};
}

Expected<Plan> complete(Plan plan, const Vip* vip) {
  if (vip == nullptr) return no_vip(plan.vip);
  if (plan.from.empty()) plan.from = other_pool(plan.to, *vip);
  if (plan.steps.empty()) plan.steps = usual_steps();
  if (const auto steps = check_steps(plan.steps); !steps) return tl::unexpected(steps.error());
  if (plan.steps.back() != 100) plan.steps.push_back(100);
  for (const std::string* pool : {&plan.to, &plan.from}) {
    if (plan.scale && pool == &plan.to) continue;  // Its instances may be still to come.
    if (const auto known = check_pool(*pool, *vip); !known) return tl::unexpected(known.error());
  }
  if (plan.to == plan.from) {
    return fail(ErrorCode::InvalidInput, plan.to + " is the old pool and the new one");
  }
  std::set<std::string> pools{plan.to};
  for (std::string& pool : pools_of(*vip)) pools.insert(std::move(pool));
  if (pools.size() > 2) {
    return fail(ErrorCode::InvalidInput,
                fmt::format("{} has more than two pools ({}); a rollout is between two",
                            plan.vip.to_string(),
                            fmt::join(pools, ", ")));
  }
  if (!plan.scale && !has_passing(plan.to, *vip)) {
    return fail(ErrorCode::Conflict,
                fmt::format("no backend of {} passes; nothing was changed", plan.to));
  }
  return plan;
}

Expected<std::string> source_of(const Plan& plan, const watcher::Snapshot& snapshot) {
  std::set<std::string> sources;
  std::set<std::string> others;
  snapshot.vips.for_each([&](const VipId& id, const watcher::VipPtr& vip) {
    for (const watcher::Backend& backend : vip->backends) {
      if (backend.app != plan.to && backend.app != plan.from) continue;
      sources.insert(*backend.task.source);
      if (id != plan.vip) others.insert(id.to_string());
    }
  });
  if (!others.empty()) {
    return fail(
        ErrorCode::InvalidInput,
        fmt::format("an app of this rollout is behind {}, too, whose clients would not pass "
                    "along; apps behind one virtual IP can be scaled",
                    fmt::join(others, ", ")));
  }
  if (sources.size() == 1) return *sources.begin();
  return fail(
      ErrorCode::InvalidInput,
      fmt::format("the apps are told by {}; only apps of one Marathon can be scaled",
                  sources.empty() ? "nobody" : fmt::format("{}", fmt::join(sources, ", "))));
}

Expected<void> check_weights(const watcher::PoolWeights& weights,
                             const VipId& id,
                             const watcher::Snapshot& snapshot) {
  const watcher::VipPtr* known = snapshot.vips.find(id);
  const Vip* vip = known == nullptr ? nullptr : known->get();
  if (vip == nullptr && weights.empty() && snapshot.weights.find(id) != nullptr) return {};
  if (vip == nullptr) return no_vip(id);
  for (const auto& [pool, weight] : weights) {
    if (auto checked = check_pool(pool, *vip); !checked) return checked;
  }
  const auto pools = pools_of(*vip);
  const bool none = std::all_of(pools.begin(), pools.end(), [&](const std::string& pool) {
    const auto weight = weights.find(pool);
    return weight != weights.end() && weight->second == 0;
  });
  if (!none || pools.empty()) return {};
  return fail(
      ErrorCode::InvalidInput,
      fmt::format("all pools of {} would have weight 0, and its clients nobody", id.to_string()));
}

}  // namespace rollout
