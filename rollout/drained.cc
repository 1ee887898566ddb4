#include "rollout/drained.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>

namespace rollout {
namespace {

using watcher::Drain;
using watcher::DrainKind;
using watcher::Snapshot;
using watcher::Task;

constexpr std::size_t kMostNamed = 5;

/// A list that a line can hold.
std::string listed(const std::set<std::string>& names) {
  std::string words;
  std::size_t count = 0;
  for (const std::string& name : names) {
    if (count++ == kMostNamed) return fmt::format("{}, … {} in all", words, names.size());
    words += (words.empty() ? "" : ", ") + name;
  }
  return words.empty() ? "none" : words;
}

template <class Visit>
void for_each_task(const Snapshot& snapshot, Visit visit) {
  snapshot.tasks.for_each([&](const auto&, const watcher::TaskPtr& task) { visit(*task); });
}

std::string agent_of(const Task& task) {
  return task.agent_addresses.empty() ? std::string() : task.agent_addresses.front().to_string();
}

/// People know apps, and may take their ids for those of tasks.
std::string no_task(const Drain& drain, const Snapshot& snapshot) {
  std::set<std::string> of_app;
  for_each_task(snapshot, [&](const Task& task) {
    if (task.app == drain.name) of_app.insert(task.key.id);
  });
  if (of_app.empty()) return fmt::format("there is no task {}; /v1/services lists all", drain.name);
  return fmt::format("{} is an app; its tasks are: {}", drain.name, listed(of_app));
}

std::string no_agent(const Drain& drain, const Snapshot& snapshot) {
  std::set<std::string> agents;
  for_each_task(snapshot, [&](const Task& task) { agents.insert(agent_of(task)); });
  agents.erase("");
  return fmt::format("no task runs on an agent {}; there are: {}", drain.name, listed(agents));
}

std::string what_is_wrong(const Drain& drain, const Snapshot& snapshot) {
  switch (drain.kind) {
    case DrainKind::Task:
      return no_task(drain, snapshot);
    case DrainKind::Agent:
      return no_agent(drain, snapshot);
    case DrainKind::Endpoint:
      break;
  }
  return fmt::format("no task has an endpoint {}; /v1/services lists all", drain.name);
}

}  // namespace

Drain known_as(const Drain& drain, const Snapshot& snapshot) {
  if (drain.kind != DrainKind::Agent) return drain;
  for (const auto& [source, members] : snapshot.members) {
    for (const watcher::Member& member : *members) {
      const auto name = Drain::read(DrainKind::Agent, member.name);
      if (member.role != watcher::Role::Agent || !name || *name != drain) continue;
      return Drain::read(DrainKind::Agent, member.id).value_or(drain);
    }
  }
  return drain;
}

common::Expected<void> find_drained(const Drain& drain, const Snapshot& snapshot) {
  bool found = snapshot.drains.all->contains(drain);
  const watcher::Drains wanted{std::set<Drain>{drain}};
  for_each_task(snapshot, [&](const Task& task) { found = found || wanted.hold_any_of(task); });
  if (found) return {};
  return common::fail(common::ErrorCode::NotFound, what_is_wrong(drain, snapshot));
}

}  // namespace rollout
