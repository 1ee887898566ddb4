#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "watcher/member.h"
#include "watcher/task.h"
#include "watcher/vips/problem.h"
#include "watcher/vips/vip.h"

namespace watcher {

using TaskPtr = std::shared_ptr<const Task>;
using VipPtr = std::shared_ptr<const Vip>;
using MembersPtr = std::shared_ptr<const std::vector<Member>>;

/// One thing that is now different. `before` is null for a new one, `after` for one that is gone.
struct TaskChange {
  TaskPtr before;
  TaskPtr after;
};
struct VipChange {
  VipPtr before;
  VipPtr after;
};

/// Of one source; `before` is null the first time.
struct MembersChange {
  MembersPtr before;
  MembersPtr after;
};

/// All that one batch of updates changed: what DNS and the VIP table build their next state from.
/// Empty vectors and an unchanged generation mean that nothing happened; the generation also moves
/// when the last source delivers its first full state, be it empty.
struct Change {
  std::uint64_t generation = 0;
  bool synced = false;  // Every source has delivered a full state: an absent name does not exist.
  std::vector<TaskChange> tasks;  // One per task, in the order of first mention.
  std::vector<VipChange> vips;    // One per VIP, in the order of their ids.
  std::vector<MembersChange> members;
  /// Seen for the first time; not told again while any task has them. They move no generation.
  std::vector<Problem> problems;

  bool empty() const { return tasks.empty() && vips.empty() && members.empty(); }
};

}  // namespace watcher
