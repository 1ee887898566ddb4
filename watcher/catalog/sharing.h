#pragma once

#include <cstddef>

#include "common/hash.h"
#include "common/shared.h"
#include "watcher/task.h"

namespace watcher {

/// Keeps one of each text and label set for all tasks, whichever source or saved state they came
/// from: the tasks of an app differ in their ids, and those of an agent in little else. The only
/// pool there is: two of them would keep alive for each other what no task has any more.
class Sharing {
 public:
  /// Makes all that `task` may have in common with others one with theirs. Cost: a probe a field.
  void unify(Task& task);
  std::size_t size() const { return texts_.size() + labels_.size(); }  // Different values.

 private:
  struct LabelsHash {
    std::size_t operator()(const Labels& labels) const;
  };

  common::SharedPool<std::string, common::StringHash> texts_;
  common::SharedPool<Labels, LabelsHash> labels_;
};

}  // namespace watcher
