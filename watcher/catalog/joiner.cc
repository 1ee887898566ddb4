#include "watcher/catalog/joiner.h"

#include <algorithm>
#include <iterator>
#include <unordered_set>
#include <utility>
#include <variant>

namespace watcher {
namespace {

/// How far a task is on its way out.
int rank(TaskState state) {
  switch (state) {
    case TaskState::Starting:
      return 0;
    case TaskState::Running:
      return 1;
    case TaskState::Unreachable:
      return 2;
    case TaskState::Killing:
      return 3;
    case TaskState::Ended:
      return 4;
  }
  return 4;
}

TaskState worse(TaskState a, TaskState b) { return rank(a) < rank(b) ? b : a; }

Health joint(Health a, Health b) {
  for (const Health health : {Health::Failing, Health::Passing, Health::Unknown}) {
    if (a == health || b == health) return health;
  }
  return Health::None;
}

/// What the scheduler says stands; the cluster fills in what it left open.
Task join_both(Task task, const Task& cluster) {
  task.state = worse(task.state, cluster.state);
  task.health = joint(task.health, cluster.health);
  task.discovery_name = cluster.discovery_name;
  if (!cluster.agent_id.empty()) task.agent_id = cluster.agent_id;
  if (!cluster.agent_addresses.empty()) task.agent_addresses = cluster.agent_addresses;
  if (!cluster.addresses.empty()) task.addresses = cluster.addresses;
  if (task.host_ports.empty()) task.host_ports = cluster.host_ports;
  if (task.ports.empty()) task.ports = cluster.ports;
  return task;
}

}  // namespace

std::vector<Update> Joiner::join(std::vector<Update> updates) {
  std::vector<Update> out;
  out.reserve(updates.size());
  for (Update& update : updates) {
    std::visit([&](auto& kind) { take(kind, out); }, update);
  }
  return out;
}

void Joiner::take(Reset& reset, std::vector<Update>& out) {
  if (reset.source == options_.scheduler) return reset_scheduler(std::move(reset), out);
  if (reset.source == options_.cluster) return reset_cluster(std::move(reset), out);
  out.emplace_back(std::move(reset));
}

void Joiner::take(Upsert& upsert, std::vector<Update>& out) {
  Task& task = upsert.task;
  if (!is_paired(task)) {
    out.emplace_back(std::move(upsert));
  } else if (task.state == TaskState::Ended) {
    Remove remove{task.key};
    take(remove, out);
  } else {
    const auto pair = pairs_.try_emplace(task.key.id).first;
    set(pair->second, std::move(task));
    tell(pair, out);
  }
}

void Joiner::set(Pair& pair, Task task) {
  if (task.key.source == options_.scheduler) {
    pair.scheduler = std::move(task);
  } else {
    paired_in_cluster_.insert(task.key);
    ended_.erase(task.key.id);
    pair.cluster = std::move(task);
    pair.ended = false;
  }
}

void Joiner::take(Remove& remove, std::vector<Update>& out) {
  const bool by_scheduler = remove.key.source == options_.scheduler;
  const bool is_paired = by_scheduler || paired_in_cluster_.erase(remove.key) > 0;
  const auto pair = pairs_.find(remove.key.id);
  if (!is_paired) {
    out.emplace_back(std::move(remove));
  } else if (pair != pairs_.end()) {
    (by_scheduler ? pair->second.scheduler : pair->second.cluster).reset();
    pair->second.ended |= !by_scheduler;
    if (!by_scheduler && !pair->second.scheduler) remember_end(pair->first);
    tell(pair, out);
  }
}

void Joiner::take(Probed& probed, std::vector<Update>& out) { out.emplace_back(probed); }
void Joiner::take(auto& other, std::vector<Update>& out) { out.emplace_back(std::move(other)); }

void Joiner::reset_scheduler(Reset reset, std::vector<Update>& out) {
  std::unordered_set<std::string_view> kept;
  for (const TaskKey& key : reset.kept) kept.insert(*key.id);
  for (auto& [id, pair] : pairs_) {
    if (!kept.contains(id)) pair.scheduler.reset();
  }
  for (Task& task : reset.tasks) pairs_[task.key.id].scheduler = std::move(task);
  reset.tasks.clear();
  for (auto pair = pairs_.begin(); pair != pairs_.end();) {
    auto task = joined(pair->first, pair->second);
    if (task) reset.tasks.push_back(std::move(*task));
    const bool is_known = pair->second.scheduler || pair->second.cluster;
    pair = is_known ? std::next(pair) : pairs_.erase(pair);
  }
  out.emplace_back(std::move(reset));
}

/// The scheduler's tasks are told one by one: whether it has spoken itself is its own affair.
void Joiner::reset_cluster(Reset reset, std::vector<Update>& out) {
  std::unordered_set<TaskKey> told;
  for (const Task& task : reset.tasks) told.insert(task.key);
  told.insert(reset.kept.begin(), reset.kept.end());
  std::vector<TaskKey> gone;
  std::copy_if(paired_in_cluster_.begin(),
               paired_in_cluster_.end(),
               std::back_inserter(gone),
               [&](const TaskKey& key) { return !told.contains(key); });
  for (const TaskKey& key : gone) {
    Remove remove{key};
    take(remove, out);
  }
  const auto paired = std::partition(reset.tasks.begin(),
                                     reset.tasks.end(),
                                     [this](const Task& task) { return !is_paired(task); });
  for (auto task = paired; task != reset.tasks.end(); ++task) {
    Upsert upsert{std::move(*task)};
    take(upsert, out);
  }
  reset.tasks.erase(paired, reset.tasks.end());
  out.emplace_back(std::move(reset));
}

bool Joiner::is_paired(const Task& task) const {
  return task.key.source == options_.scheduler ||
         (task.key.source == options_.cluster && task.framework == options_.framework);
}

void Joiner::tell(Pairs::iterator pair, std::vector<Update>& out) {
  if (auto task = joined(pair->first, pair->second)) {
    out.emplace_back(Upsert{std::move(*task)});
  } else {
    out.emplace_back(Remove{TaskKey{options_.scheduler, pair->first}});
  }
  if (!pair->second.scheduler && !pair->second.cluster) pairs_.erase(pair);
}

void Joiner::remember_end(const std::string& id) {
  if (!ended_.insert(id).second) return;
  ended_order_.push_back(id);
  if (ended_order_.size() <= kMostEnded) return;
  ended_.erase(ended_order_.front());
  ended_order_.pop_front();
}

std::optional<Task> Joiner::joined(const std::string& id, const Pair& pair) const {
  if (pair.ended || (!pair.scheduler && !pair.cluster)) return std::nullopt;
  if (!pair.cluster && ended_.contains(id)) return std::nullopt;
  if (pair.scheduler && pair.cluster) return join_both(*pair.scheduler, *pair.cluster);
  Task task = pair.scheduler ? *pair.scheduler : *pair.cluster;
  task.key = TaskKey{options_.scheduler, task.key.id};
  return task;
}

}  // namespace watcher
