#pragma once

#include <optional>

#include "watcher/task.h"

namespace watcher {

/// Turns the results of checks into health. Pure.
///
/// The first result decides at once, so that a new backend doesn't wait; after that a verdict is
/// turned over only by several results in a row, so that one lost packet doesn't.
class Verdict {
 public:
  struct Limits {
    int rise = 2;  // Passes in a row that make Failing into Passing.
    int fall = 3;  // Failures in a row that make Passing into Failing.
  };
  explicit Verdict(Limits limits) : limits_(limits) {}

  /// The new health, only if this result changed it.
  std::optional<Health> observe(bool passed);

  Health health() const { return health_; }  // Unknown before the first result.
  /// Passing, and the last result agreed: no need to look closely.
  bool is_steady() const { return health_ == Health::Passing && against_ == 0; }

 private:
  Limits limits_;
  Health health_ = Health::Unknown;
  int against_ = 0;  // Results in a row that speak against the verdict.
};

}  // namespace watcher
