#include "vipd/table/changes.h"

namespace vipd {

std::vector<watcher::VipChange> changes(const VipMap& before, const VipMap& after) {
  std::vector<watcher::VipChange> found;
  VipMap::for_each_difference(
      before,
      after,
      [&found](const watcher::VipId&, const watcher::VipPtr* was, const watcher::VipPtr* is) {
        found.push_back({was ? *was : nullptr, is ? *is : nullptr});
      });
  return found;
}

BackendCounts count_backends(const watcher::Vip& vip) {
  BackendCounts counts;
  for (const auto& backend : vip.backends) {
    switch (backend.state) {
      case watcher::BackendState::Passing:
        ++counts.passing;
        break;
      case watcher::BackendState::Failing:
        ++counts.failing;
        break;
      case watcher::BackendState::Draining:
        ++counts.draining;
        break;
    }
  }
  return counts;
}

}  // namespace vipd
