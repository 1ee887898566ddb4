// How a full state is taken in: what it lists, what it calls completed, and what it lacks.

#include <algorithm>
#include <set>
#include <utility>

#include "watcher/mesos/cluster.h"

namespace watcher::mesos {
namespace {

bool is_serving(TaskState state) {
  return state == TaskState::Running || state == TaskState::Unreachable;
}

/// What a principal without the right to view anything is shown, and a cluster without an agent.
bool mentions_nothing(const StateFacts& state) {
  return state.agents.empty() && state.recovered_agents.empty() && state.frameworks.empty() &&
         state.tasks.empty();
}

}  // namespace

Cluster::Outcome Cluster::apply(StateFacts state,
                                std::uint64_t asked,
                                Occasion occasion,
                                TimePoint now) {
  if (mentions_nothing(state)) {
    pause();
    return {.waiting = task_count(), .blind = true};
  }
  list_members(state, asked, occasion, now);
  for (TaskSeen& task : state.tasks) list_task(std::move(task), asked);
  for (const TaskRef& ref : state.unread) {
    if (Entry* entry = find(ref)) entry->listed = asked;
  }
  end_completed(state, asked);
  const Outcome outcome = sweep(asked, now);
  forget_hosts();
  give_up();
  return outcome;
}

/// Has an event told of the end of this agent or framework since?
bool Cluster::has_gone_since(const std::string& member, std::uint64_t asked) const {
  const auto gone = gone_members_.find(member);
  return gone != gone_members_.end() && gone->second > asked;
}

void Cluster::list_members(StateFacts& state,
                           std::uint64_t asked,
                           Occasion occasion,
                           TimePoint now) {
  std::set<std::string> present;
  for (AgentFacts& agent : state.agents) {
    present.insert(agent.id);
    if (has_gone_since(agent.id, asked)) continue;
    const auto known = agents_.find(agent.id);
    if (known == agents_.end() || known->second.touched <= asked) {
      place_agent(std::move(agent), 0);
    }
  }
  for (FrameworkFacts& framework : state.frameworks) {
    present.insert(framework.id);
    if (has_gone_since(framework.id, asked)) continue;
    const auto known = frameworks_.find(framework.id);
    if (known == frameworks_.end() || known->second.touched <= asked) {
      place_framework(std::move(framework), 0);
    }
  }
  const std::set<std::string> recovered(state.recovered_agents.begin(),
                                        state.recovered_agents.end());
  const auto miss = [&](const std::string& id, Presence& member) {
    if (present.contains(id) || member.touched > asked) return;
    member.listed = false;
    const bool comes_back = occasion == Occasion::Connected || recovered.contains(id);
    let_leave(member, comes_back ? now + kGrace : now);
  };
  for (auto& [id, agent] : agents_) miss(id, agent);
  for (auto& [id, framework] : frameworks_) miss(id, framework);
}

void Cluster::let_leave(Presence& presence, TimePoint when) {
  if (presence.gone || presence.leaves != TimePoint::max()) return;
  presence.leaves = when;
  next_expiry_ = std::min(next_expiry_, when);
}

void Cluster::list_task(TaskSeen task, std::uint64_t asked) {
  const TaskRef& ref = task.facts.ref;
  Entry* entry = find(ref);
  if (entry != nullptr) entry->listed = asked;
  if (entry != nullptr && entry->touched > asked) return;
  const auto ended = ended_.find(ref);
  if (ended != ended_.end() && ended->second > asked) return;
  if (task.facts.state == TaskState::Ended) return end_task(ref);
  place(std::move(task), &Entry::listed, asked);
}

/// Ends what the state calls completed. Ids may be used again, so what it lists counts more.
void Cluster::end_completed(const StateFacts& state, std::uint64_t asked) {
  for (const TaskRef& ref : state.ended_tasks) {
    const Entry* entry = find(ref);
    if (entry != nullptr && entry->is_missing_from(asked)) end_task(ref);
  }
  for (const std::string& id : state.ended_frameworks) {
    const auto framework = frameworks_.find(id);
    if (framework == frameworks_.end() || framework->second.touched > asked) continue;
    if (!framework->second.listed) remove_framework(id);
  }
}

std::size_t Cluster::task_count() const {
  std::size_t count = 0;
  for (const auto& [id, framework] : frameworks_) count += framework.tasks.size();
  return count;
}

/// A master that lists the agent and the framework of a task knows the task.
bool Cluster::must_be_known(const Entry& entry) const {
  return entry.agent->listed && entry.framework->listed;
}

Cluster::Outcome Cluster::sweep(std::uint64_t asked, TimePoint now) {
  std::vector<Entry*> missing;
  std::size_t expected = 0;
  std::size_t lacking = 0;
  for (auto& [framework, facts] : frameworks_) {
    for (auto& [id, entry] : facts.tasks) {
      const bool counts = must_be_known(entry) && is_serving(entry.facts.state);
      expected += counts ? 1 : 0;
      if (!entry.is_missing_from(asked)) continue;
      lacking += counts ? 1 : 0;
      missing.push_back(&entry);
    }
  }
  Outcome outcome;
  const bool doubted = lacking * 2 > expected;
  std::vector<TaskRef> gone;
  for (Entry* entry : missing) {
    if (!entry->shown || (must_be_known(*entry) && !doubted)) {
      gone.push_back(entry->facts.ref);
      continue;
    }
    keep_until(*entry, now + (must_be_known(*entry) ? kDoubt : kGrace));
    ++outcome.waiting;
  }
  for (const TaskRef& ref : gone) end_task(ref);
  return outcome;
}

void Cluster::keep_until(Entry& entry, TimePoint when) {
  entry.leaves = std::min(entry.leaves, when);
  next_expiry_ = std::min(next_expiry_, entry.leaves);
}

void Cluster::forget_hosts() {
  std::set<std::string_view> used;
  for (const auto& [id, agent] : agents_) {
    if (agent.facts) used.insert(agent.facts->host);
  }
  for (const auto& [id, framework] : frameworks_) {
    if (framework.facts) used.insert(framework.facts->host);
  }
  for (const MasterFacts& master : masters_) used.insert(master.host);
  if (leader_) used.insert(leader_->host);
  hosts_.keep_only(used);
}

}  // namespace watcher::mesos
