#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "common/persistent_map.h"
#include "watcher/update.h"
#include "watcher/vips/vip.h"

namespace watcher {

using TaskPtr = std::shared_ptr<const Task>;
using VipPtr = std::shared_ptr<const Vip>;

/// One thing that is now different. `before` is null for a new one, `after` for one that is gone.
struct TaskChange {
  TaskPtr before;
  TaskPtr after;
};
struct VipChange {
  VipPtr before;
  VipPtr after;
};

/// All that one batch of updates changed: what DNS and the VIP table build their next state from.
/// Empty vectors and an unchanged generation mean that nothing happened; the generation also moves
/// when the last source delivers its first full state, be it empty.
struct Change {
  std::uint64_t generation = 0;
  bool synced = false;  // Every source has delivered a full state: an absent name does not exist.
  std::vector<TaskChange> tasks;
  std::vector<VipChange> vips;

  bool empty() const { return tasks.empty() && vips.empty(); }
};

/// Everything at one generation; immutable, cheap to copy.
struct Snapshot {
  std::uint64_t generation = 0;
  bool synced = false;  // As in Change.
  common::PersistentMap<TaskKey, TaskPtr> tasks;
  common::PersistentMap<VipId, VipPtr> vips;
};

/// Turns updates into snapshots and changes. Pure: no clock, no socket; one writer thread.
///
/// Cost of apply(): proportional to the tasks named in the updates and to the size of the services
/// they belong to, never to the cluster; a Reset costs in proportion to its own source.
class Catalog {
 public:
  struct Options {
    std::vector<std::string> sources;  // Names of those whose first Reset makes us synced.
    VipRules vips;
    bool probe_backends = false;  // Ports behind VIPs start as Unknown until a Probed arrives.
  };
  explicit Catalog(Options options);
  ~Catalog();

  Change apply(std::span<const Update> updates);
  const Snapshot& snapshot() const { return snapshot_; }
  /// Steps of work done so far, for the test that cost follows the change.
  std::uint64_t work() const { return work_; }

 private:
  // Shaped by the implementation.
  Options options_;
  Snapshot snapshot_;
  std::uint64_t work_ = 0;
};

}  // namespace watcher
