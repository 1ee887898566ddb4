#pragma once

#include <cstddef>
#include <vector>

#include "watcher/catalog/catalog.h"

namespace vipd {

using VipMap = common::PersistentMap<watcher::VipId, watcher::VipPtr>;

/// How the VIPs differ between two snapshots: opened (no `before`), closed (no `after`) and
/// changed ones, in no particular order. Cost follows the difference, not the size.
std::vector<watcher::VipChange> changes(const VipMap& before, const VipMap& after);

/// How many backends of a VIP are in each state.
struct BackendCounts {
  std::size_t passing = 0;
  std::size_t failing = 0;
  std::size_t draining = 0;
};
BackendCounts count_backends(const watcher::Vip& vip);

}  // namespace vipd
