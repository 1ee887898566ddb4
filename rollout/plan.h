#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/result.h"
#include "rollout/guards.h"
#include "watcher/catalog/catalog.h"
#include "watcher/vips/vip.h"

namespace rollout {

/// The apps are scaled along by the orchestrator that runs them.
struct Scale {
  std::string source;  // It, by the name of our source.
  bool delete_old = false;
  /// How long instances may take to pass, and connections of the old app to end.
  std::chrono::milliseconds limit{300'000};

  friend bool operator==(const Scale&, const Scale&) = default;
};

/// Clients of a VIP pass from one of its pools to the other, step by step.
struct Plan {
  watcher::VipId vip;
  std::string to;                           // The app of the new pool.
  std::string from;                         // That of the old one.
  std::vector<std::uint32_t> steps;         // Percent of new connections, rising, the last 100.
  std::chrono::milliseconds pause{60'000};  // How long a step lasts at least.
  Guards guards;
  std::optional<Scale> scale = {};

  friend bool operator==(const Plan&, const Plan&) = default;
};

const std::vector<std::uint32_t>& usual_steps();  // 5, 20, 50, 100.

/// The pools behind a VIP: the apps, in order.
std::vector<std::string> pools_of(const watcher::Vip& vip);

/// Fills in what the plan leaves open (the old pool, the steps, the last of them), and refuses what
/// cannot be rolled out: a pool that is not there or that has no passing backend, a third pool,
/// steps that do not rise. Where the apps are scaled, the new one may have no instance yet.
/// vip  null when there is none of that name
common::Expected<Plan> complete(Plan plan, const watcher::Vip* vip);

/// Whose apps these are, for a plan that scales them. Errors: those of several orchestrators, or
/// apps behind another VIP, too: its clients would not pass along. Cost: all backends there are.
common::Expected<std::string> source_of(const Plan& plan, const watcher::Snapshot& snapshot);

/// Errors: a pool that is not there, or nothing for any pool there is. Weights are taken back from
/// a VIP that is not there, too.
common::Expected<void> check_weights(const watcher::PoolWeights& weights,
                                     const watcher::VipId& id,
                                     const watcher::Snapshot& snapshot);

}  // namespace rollout
