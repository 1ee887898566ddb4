#include "watcher/probe/verdict.h"

namespace watcher {

std::optional<Health> Verdict::observe(bool passed) {
  const Health seen = passed ? Health::Passing : Health::Failing;
  if (seen == health_) {
    against_ = 0;
    return std::nullopt;
  }
  ++against_;
  const int needed = health_ == Health::Unknown ? 1 : passed ? limits_.rise : limits_.fall;
  if (against_ < needed) return std::nullopt;
  against_ = 0;
  health_ = seen;
  return health_;
}

}  // namespace watcher
