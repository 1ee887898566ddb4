#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "common/persistent_map.h"
#include "watcher/catalog/change.h"
#include "watcher/catalog/sharing.h"
#include "watcher/catalog/vip_builder.h"
#include "watcher/update.h"
#include "watcher/vips/vip.h"

namespace watcher {

/// A task alone, as it holds its key.
struct KeptTasks {
  using Entry = TaskPtr;

  static TaskPtr make(const TaskKey& /*key*/, TaskPtr task) { return task; }
  static const TaskKey& key(const TaskPtr& task) { return task->key; }
  static const TaskPtr& value(const TaskPtr& task) { return task; }
};
using TaskMap =
    common::PersistentMap<TaskKey, TaskPtr, std::hash<TaskKey>, std::equal_to<>, KeptTasks>;

/// Everything at one generation; immutable, cheap to copy.
struct Snapshot {
  std::uint64_t generation = 0;
  bool synced = false;    // As in Change.
  bool restored = false;  // Some source has not spoken yet: its tasks are those of the last run.
  TaskMap tasks;
  common::PersistentMap<VipId, VipPtr> vips;
  std::map<std::string, MembersPtr> members;              // By source.
  common::PersistentMap<VipId, Shares> weights;           // Where the operator gave any.
  common::PersistentMap<std::string, std::string> notes;  // By name.
  Drains drains;                                          // What the operator drains.
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
    std::uint64_t generation = 0;  // To count on from, so that numbers rise across restarts.
    bool probe_backends = false;   // Ports behind VIPs start as Unknown until a Probed arrives.
  };
  explicit Catalog(Options options);

  /// Applies one batch as a whole: one generation, one change per task and VIP.
  Change apply(std::vector<Update> updates);
  const Snapshot& snapshot() const { return snapshot_; }
  /// Steps of work done so far, for the test that cost follows the change.
  std::uint64_t work() const { return work_ + vip_builder_.work(); }

 private:
  /// Hashes and compares tasks by their keys, and takes a bare key in their place.
  struct ByKey {
    using is_transparent = void;
    static const TaskKey& key_of(const TaskPtr& task) { return task->key; }
    static const TaskKey& key_of(const TaskKey& key) { return key; }
    std::size_t operator()(const auto& task) const { return std::hash<TaskKey>{}(key_of(task)); }
    bool operator()(const auto& a, const auto& b) const { return key_of(a) == key_of(b); }
  };
  using TaskSet = std::unordered_set<TaskPtr, ByKey, ByKey>;
  class Touched;

  void reduce(Reset reset, Touched& touched);
  void reduce(Upsert upsert, Touched& touched);
  void reduce(const Remove& remove, Touched& touched);
  void reduce(const Probed& probed, Touched& touched);
  void reduce(Members members, Touched& touched);
  void reduce(const Weights& weights, Touched& touched);
  void reduce(const Drains& drains, Touched& touched);
  void reduce(Note note, Touched& touched);

  void put(Task task, Touched& touched);
  std::vector<TaskKey> absent_from(const Reset& reset);
  void drop(const TaskKey& key, Touched& touched);
  void forget_drains_of(const Task& gone);
  void store(const TaskKey& key, const TaskPtr& before, const TaskPtr& after);
  TaskPtr find(const TaskKey& key) const;
  void keep_verdicts(Task& task, const Task* known) const;
  std::vector<TaskChange> settle(const Touched& touched);
  void weigh(const Touched& touched, std::vector<VipChange>& changes);
  bool note_sources();

  Options options_;
  Snapshot snapshot_;
  Sharing sharing_;
  VipBuilder vip_builder_;
  std::unordered_map<std::string, TaskSet> by_source_;  // The same tasks as in the snapshot.
  std::set<std::string> unsynced_sources_;  // Have told nothing, and nothing was restored.
  std::set<std::string> restored_sources_;
  std::uint64_t work_ = 0;
};

}  // namespace watcher
