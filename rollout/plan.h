#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "common/result.h"
#include "rollout/guards.h"
#include "watcher/catalog/catalog.h"
#include "watcher/vips/vip.h"

namespace rollout {

/// Clients of a VIP pass from one of its pools to the other, step by step.
struct Plan {
  watcher::VipId vip;
  std::string to;                           // The app of the new pool.
  std::string from;                         // That of the old one.
  std::vector<std::uint32_t> steps;         // Percent of new connections, rising, the last 100.
  std::chrono::milliseconds pause{60'000};  // How long a step lasts at least.
  Guards guards;

  friend bool operator==(const Plan&, const Plan&) = default;
};

const std::vector<std::uint32_t>& usual_steps();  // 5, 20, 50, 100.

/// The pools behind a VIP: the apps, in order.
std::vector<std::string> pools_of(const watcher::Vip& vip);

/// Fills in what the plan leaves open (the old pool, the steps, the last of them), and refuses what
/// cannot be rolled out: a pool that is not there or that has no passing backend, a third pool,
/// steps that do not rise. vip  null when there is none of that name
common::Expected<Plan> complete(Plan plan, const watcher::Vip* vip);

/// Errors: a pool that is not there, or nothing for any pool there is. Weights are taken back from
/// a VIP that is not there, too.
common::Expected<void> check_weights(const watcher::PoolWeights& weights,
                                     const watcher::VipId& id,
                                     const watcher::Snapshot& snapshot);

}  // namespace rollout
