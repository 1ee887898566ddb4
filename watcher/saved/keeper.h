#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/metrics.h"
#include "common/published.h"
#include "config/settings.h"
#include "watcher/catalog/catalog.h"

namespace watcher::saved {

/// Keeps the newest snapshot on disk, from a thread of its own: at most one write an interval, none
/// while nothing changes, and one at the end. A write that fails is reported once a reason, counted
/// and tried again.
class Keeper {
 public:
  /// sources  whose state it is; catalog must outlive this
  Keeper(config::State options,
         std::vector<std::string> sources,
         const common::Published<Snapshot>& catalog);
  ~Keeper();  // Writes what is not yet written.

  void describe(common::MetricsPage& page) const;  // Any thread.

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace watcher::saved
