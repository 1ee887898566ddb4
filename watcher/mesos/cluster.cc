#include "watcher/mesos/cluster.h"

#include <algorithm>
#include <utility>

#include "watcher/mesos/translate.h"

namespace watcher::mesos {
namespace {

/// A stream may lag behind the answers: what it tells then was true before, and no task goes back
/// from being killed, or from running. Only one that was out of reach comes back as anything.
TaskState later(TaskState known, TaskState told) {
  const bool comes_back = known == TaskState::Unreachable;
  return comes_back ? told : std::max(known, told);
}

/// A task that starts and has no history: under an id that was used before, it is another one.
bool is_new_incarnation(const TaskSeen& task) {
  return task.facts.state == TaskState::Starting && task.observed.same_as({});
}

std::string master_id(const MasterFacts& master) {
  return master.host + ":" + std::to_string(master.port);
}

}  // namespace

// ---- Tasks

void Cluster::restore(const std::vector<Task>& tasks) {
  for (const Task& task : tasks) {
    TaskSeen seen;
    seen.facts.ref = {task.key.scope, task.key.id};
    seen.facts.agent = task.agent_id;
    seen.facts.state = task.state;
    const TaskRef ref = seen.facts.ref;
    place(std::move(seen), &Entry::listed, 0);
    Entry& entry = *find(ref);
    entry.shown = entry.restored = true;
  }
}

Cluster::Entry* Cluster::find(const TaskRef& ref) {
  const auto framework = frameworks_.find(ref.framework);
  if (framework == frameworks_.end()) return nullptr;
  const auto task = framework->second.tasks.find(ref.id);
  return task == framework->second.tasks.end() ? nullptr : &task->second;
}

void Cluster::add_task(TaskSeen task) {
  if (task.facts.state == TaskState::Ended) return end_task(task.facts.ref);
  if (const Entry* known = find(task.facts.ref); known != nullptr && !known->restored) {
    task.facts.state = later(known->facts.state, task.facts.state);
  }
  place(std::move(task), &Entry::touched, stamp());
}

bool Cluster::update_task(const TaskChange& change) {
  Entry* entry = find(change.ref);
  if (change.state == TaskState::Ended) {
    end_task(change.ref);
    return true;
  }
  if (entry == nullptr || entry->restored) return false;
  TaskSeen task{entry->facts, change.observed};
  task.facts.state = later(entry->facts.state, change.state);
  place(std::move(task), &Entry::touched, stamp());
  return true;
}

/// Stores what is told of a task that has not ended. Statuses tell little, so what earlier ones
/// told holds: addresses and verdicts.
void Cluster::place(TaskSeen task, std::uint64_t Entry::*mark, std::uint64_t stamp) {
  Framework& framework = frameworks_[task.facts.ref.framework];
  const auto [found, fresh] = framework.tasks.try_emplace(task.facts.ref.id);
  Entry& entry = found->second;
  entry.*mark = stamp;
  entry.leaves = TimePoint::max();
  entry.framework = &framework;
  Observed observed = task.observed;
  if (!is_new_incarnation(task) || entry.facts.state == TaskState::Starting) {
    observed = entry.observed;
    observed.absorb(task.observed);
  }
  const bool same = !fresh && entry.facts == task.facts && entry.observed.same_as(observed);
  entry.restored = false;
  if (fresh || entry.facts.agent != task.facts.agent) move_to_agent(entry, task.facts.agent);
  entry.facts = std::move(task.facts);
  entry.observed = std::move(observed);
  if (!same) note_change(entry);
}

void Cluster::move_to_agent(Entry& entry, const std::string& agent) {
  leave_agent(entry);
  entry.agent = &agents_[agent];
  entry.agent->tasks.push_back(&entry);
}

void Cluster::leave_agent(Entry& entry) {
  if (entry.agent == nullptr) return;
  std::erase(entry.agent->tasks, &entry);
  const auto agent = agents_.find(entry.facts.agent);
  entry.agent = nullptr;
  drop_unused(agent);
}

void Cluster::end_task(const TaskRef& ref) {
  if (asking_) ended_[ref] = stamp();
  Entry* entry = find(ref);
  if (entry == nullptr) return;
  if (entry->shown) removed_.push_back(ref);
  leave_agent(*entry);
  const auto framework = frameworks_.find(ref.framework);
  framework->second.tasks.erase(ref.id);
  drop_unused(framework);
}

void Cluster::note_change(Entry& entry) {
  if (std::exchange(entry.changed, true)) return;
  changed_.push_back(entry.facts.ref);
}

// ---- Agents and frameworks

bool Cluster::add_agent(AgentFacts agent) {
  const std::string id = agent.id;
  place_agent(std::move(agent), stamp());
  const auto& tasks = agents_[id].tasks;
  return std::any_of(tasks.begin(), tasks.end(), [](const Entry* entry) {
    return entry->leaves != TimePoint::max();
  });
}

void Cluster::place_agent(AgentFacts facts, std::uint64_t touched) {
  Agent& agent = agents_[facts.id];
  mark_present(agent, touched);
  if (agent.facts == facts) return;
  members_changed_ = true;
  agent.addresses = hosts_.addresses_of(facts.host);
  agent.facts = std::move(facts);
  for (Entry* entry : agent.tasks) note_change(*entry);
}

/// The tasks on it were told to be lost before; those that were not are no less.
void Cluster::remove_agent(const std::string& id) {
  if (asking_) gone_members_[id] = stamp();
  const auto agent = agents_.find(id);
  if (agent == agents_.end()) return;
  std::vector<TaskRef> tasks;
  for (const Entry* entry : agent->second.tasks) tasks.push_back(entry->facts.ref);
  agent->second.gone = true;
  agent->second.listed = false;
  members_changed_ = true;
  if (tasks.empty()) drop_unused(agent);
  for (const TaskRef& task : tasks) end_task(task);
}

void Cluster::set_framework(FrameworkFacts framework) {
  place_framework(std::move(framework), stamp());
}

/// The stream does not tell a scheduler's own address: what /frameworks said of it holds until that
/// is asked again.
void Cluster::place_framework(FrameworkFacts facts, std::uint64_t touched) {
  Framework& framework = frameworks_[facts.id];
  mark_present(framework, touched);
  if (framework.facts && framework.facts->has_pid && !facts.has_pid) {
    facts.host = framework.facts->host;
    facts.port = framework.facts->port;
    facts.has_pid = true;
  }
  if (framework.facts == facts) return;
  members_changed_ = true;
  const bool renamed = !framework.facts || framework.facts->name != facts.name;
  framework.facts = std::move(facts);
  if (!renamed) return;
  for (auto& [id, entry] : framework.tasks) note_change(entry);
}

void Cluster::remove_framework(const std::string& id) {
  if (asking_) gone_members_[id] = stamp();
  const auto framework = frameworks_.find(id);
  if (framework == frameworks_.end()) return;
  std::vector<TaskRef> tasks;
  for (const auto& [task, entry] : framework->second.tasks) tasks.push_back(entry.facts.ref);
  framework->second.gone = true;
  framework->second.listed = false;
  members_changed_ = true;
  if (tasks.empty()) drop_unused(framework);
  for (const TaskRef& task : tasks) end_task(task);
}

void Cluster::mark_present(Presence& presence, std::uint64_t touched) {
  if (!presence.listed || presence.gone) members_changed_ = true;
  presence.listed = true;
  presence.gone = false;
  presence.leaves = TimePoint::max();
  presence.touched = std::max(presence.touched, touched);
}

/// Both kinds are kept while they are members or have tasks, whichever is longer.
void Cluster::drop_unused(Agents::iterator agent) {
  const bool is_member = agent->second.facts && !agent->second.gone;
  if (agent->second.tasks.empty() && !is_member) agents_.erase(agent);
}
void Cluster::drop_unused(Frameworks::iterator framework) {
  const bool is_member = framework->second.facts && !framework->second.gone;
  if (framework->second.tasks.empty() && !is_member) frameworks_.erase(framework);
}

// ---- What answers tell

std::uint64_t Cluster::ask() {
  asking_ = true;
  return stamp();
}

void Cluster::give_up() {
  asking_ = false;
  ended_.clear();
  gone_members_.clear();
}

void Cluster::apply_agents(std::vector<AgentFacts> agents, std::uint64_t asked) {
  for (AgentFacts& agent : agents) {
    const auto known = agents_.find(agent.id);
    if (known == agents_.end() || !known->second.listed || known->second.touched > asked) continue;
    place_agent(std::move(agent), 0);
  }
}

void Cluster::apply_frameworks(std::vector<FrameworkFacts> frameworks, std::uint64_t asked) {
  for (FrameworkFacts& framework : frameworks) {
    const auto known = frameworks_.find(framework.id);
    if (known == frameworks_.end() || !known->second.listed) continue;
    if (known->second.touched > asked) continue;
    if (known->second.facts) known->second.facts->has_pid = false;  // It may have none any more.
    place_framework(std::move(framework), 0);
  }
}

void Cluster::set_leader(MasterFacts leader) {
  if (leader_ == leader) return;
  leader_ = std::move(leader);
  members_changed_ = true;
}

void Cluster::set_masters(std::vector<MasterFacts> masters) {
  masters_ = std::move(masters);
  members_changed_ = true;
}

void Cluster::resolve(const std::string& host, const std::vector<IpAddress>& addresses) {
  if (!hosts_.resolve(host, addresses)) return;
  members_changed_ = true;
  for (auto& [id, agent] : agents_) {
    if (!agent.facts || agent.facts->host != host) continue;
    agent.addresses = addresses;
    for (Entry* entry : agent.tasks) note_change(*entry);
  }
}

// ---- What time tells

void Cluster::pause() {
  for (auto& [id, agent] : agents_) agent.leaves = TimePoint::max();
  for (auto& [id, framework] : frameworks_) {
    framework.leaves = TimePoint::max();
    for (auto& [task, entry] : framework.tasks) entry.leaves = TimePoint::max();
  }
  next_expiry_ = TimePoint::max();
  give_up();
}

void Cluster::expire(TimePoint now) {
  if (now < next_expiry_) return;
  next_expiry_ = TimePoint::max();
  std::vector<TaskRef> gone;
  const auto retire = [&](Presence& member) {
    if (member.leaves > now) {
      next_expiry_ = std::min(next_expiry_, member.leaves);
    } else {
      member.gone = members_changed_ = true;
      member.leaves = TimePoint::max();
    }
  };
  for (auto& [id, framework] : frameworks_) {
    retire(framework);
    for (const auto& [task, entry] : framework.tasks) {
      if (entry.leaves <= now) {
        gone.push_back(entry.facts.ref);
      } else {
        next_expiry_ = std::min(next_expiry_, entry.leaves);
      }
    }
  }
  for (auto& [id, agent] : agents_) retire(agent);
  for (const TaskRef& ref : gone) end_task(ref);
  for (auto next = agents_.begin(); next != agents_.end();) drop_unused(next++);
  for (auto next = frameworks_.begin(); next != frameworks_.end();) drop_unused(next++);
}

// ---- What follows

bool Cluster::is_showable(const Entry& entry) const {
  return !entry.restored && entry.agent->facts && entry.framework->facts;
}

Task Cluster::show(const Entry& entry) const {
  return to_task(entry.facts,
                 entry.observed,
                 {.source = source_,
                  .framework = entry.framework->facts->name,
                  .agent_addresses = entry.agent->addresses,
                  .region = entry.agent->facts->region,
                  .zone = entry.agent->facts->zone,
                  .agent_drains = entry.agent->facts->draining});
}

std::vector<Update> Cluster::take_updates() {
  std::vector<Update> updates;
  for (const TaskRef& ref : std::exchange(removed_, {})) {
    updates.emplace_back(Remove{{source_, ref.id, ref.framework}});
  }
  for (const TaskRef& ref : std::exchange(changed_, {})) {
    Entry* entry = find(ref);
    if (entry == nullptr || !std::exchange(entry->changed, false)) continue;
    if (!is_showable(*entry)) continue;
    entry->shown = true;
    updates.emplace_back(Upsert{show(*entry)});
  }
  if (!std::exchange(members_changed_, false)) return updates;
  std::vector<Member> now = members();
  if (now == told_members_) return updates;
  told_members_ = std::move(now);
  updates.emplace_back(Members{source_, told_members_});
  return updates;
}

std::vector<Update> Cluster::reset() {
  Reset everything{source_, {}};
  changed_.clear();
  removed_.clear();
  for (auto& [id, framework] : frameworks_) {
    for (auto& [task, entry] : framework.tasks) {
      entry.changed = false;
      if (is_showable(entry)) {
        entry.shown = true;
        everything.tasks.push_back(show(entry));
      } else if (entry.shown) {
        everything.kept.push_back({source_, task, id});
      }
    }
  }
  members_changed_ = false;
  told_members_ = members();
  std::vector<Update> updates;
  updates.emplace_back(std::move(everything));
  updates.emplace_back(Members{source_, told_members_});
  return updates;
}

std::vector<Member> Cluster::members() {
  std::vector<Member> members;
  if (leader_) {
    members.push_back({Role::LeadingMaster,
                       master_id(*leader_),
                       leader_->hostname,
                       hosts_.addresses_of(leader_->host),
                       leader_->port});
  }
  for (const MasterFacts& master : masters_) {
    members.push_back({Role::Master,
                       master_id(master),
                       master.hostname,
                       hosts_.addresses_of(master.host),
                       master.port});
  }
  for (const auto& [id, agent] : agents_) {
    if (!agent.facts || agent.gone) continue;
    members.push_back({Role::Agent, id, agent.facts->hostname, agent.addresses, agent.facts->port});
  }
  for (const auto& [id, framework] : frameworks_) {
    if (!framework.facts || framework.gone) continue;
    members.push_back({Role::Framework,
                       id,
                       framework.facts->name,
                       hosts_.addresses_of(framework.facts->host),
                       framework.facts->port});
  }
  return members;
}

}  // namespace watcher::mesos
