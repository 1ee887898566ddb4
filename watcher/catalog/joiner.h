#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "common/hash.h"
#include "watcher/update.h"

namespace watcher {

/// Makes one task of what a cluster and a scheduler on it tell of the same one, e.g. Mesos and
/// Marathon. Stands before the catalog, which sees each task once: those of the scheduler's
/// framework under the scheduler's name, all others as the cluster tells them.
///
/// Of a task both tell of, the scheduler gives the definition: app, version, ports, labels,
/// readiness; the cluster what it alone is sure of: where the task is and that it has ended. The
/// worse of two states counts, and the word of whoever has one about health.
///
/// Pure. Cost: proportional to the updates; of a Reset, to the tasks of the framework.
class Joiner {
 public:
  struct Options {
    std::string cluster = "mesos";       // The source that tells all tasks.
    std::string scheduler = "marathon";  // The source that tells those of one framework.
    std::string framework;               // Its name in the cluster.
  };
  explicit Joiner(Options options) : options_(std::move(options)) {}

  std::vector<Update> join(std::vector<Update> updates);
  std::size_t size() const { return pairs_.size(); }  // Tasks of the framework that are known.

 private:
  /// One task of the framework, by who tells of it.
  struct Pair {
    std::optional<Task> scheduler;
    std::optional<Task> cluster;
    bool ended = false;  // The cluster said so; the scheduler may not know yet.
  };
  using Pairs = std::unordered_map<std::string, Pair, common::StringHash, std::equal_to<>>;

  void take(Reset& reset, std::vector<Update>& out);
  void take(Upsert& upsert, std::vector<Update>& out);
  void take(Remove& remove, std::vector<Update>& out);
  void take(Probed& probed, std::vector<Update>& out);
  void take(auto& other, std::vector<Update>& out);  // What is no matter of tasks passes.

  void reset_scheduler(Reset reset, std::vector<Update>& out);
  void reset_cluster(Reset reset, std::vector<Update>& out);
  void set(Pair& pair, Task task);
  bool is_paired(const Task& task) const;
  void tell(Pairs::iterator pair, std::vector<Update>& out);
  std::optional<Task> joined(const std::string& id, const Pair& pair) const;
  void remember_end(const std::string& id);

  static constexpr std::size_t kMostEnded = 10'000;

  Options options_;
  Pairs pairs_;                                    // By task id.
  std::unordered_set<TaskKey> paired_in_cluster_;  // The cluster's keys of those it tells.
  /// Ended before the scheduler told of them, which it may do yet; the last kMostEnded, in order.
  std::unordered_set<std::string> ended_;
  std::deque<std::string> ended_order_;
};

}  // namespace watcher
