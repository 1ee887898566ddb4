#include "watcher/mesos/parse.h"

#include <fmt/core.h>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "watcher/follow/json.h"
#include "watcher/mesos/facts.h"

namespace watcher::mesos {
namespace {

using common::Expected;

tl::unexpected<common::Error> refuse(std::string why) {
  return common::fail(common::ErrorCode::InvalidInput, std::move(why));
}

/// What to call an agent or a framework that made no sense.
std::string_view name_in(const json::Object& object) {
  for (const char* key : {"agent_info", "framework_info"}) {
    if (const json::Object* info = json::member(object, key)) return name_in(*info);
  }
  const std::string_view name = json::text(object, "name");
  return name.empty() ? json::text(object, "hostname") : name;
}

/// Reads every object of `list` with `read`; those that make no sense go to `rejected`.
template <class Facts>
void read_each(const json::Object& parent,
               std::string_view list,
               std::string_view kind,
               Expected<Facts> (*read)(const json::Object&),
               std::vector<Facts>& facts,
               std::vector<Rejection>& rejected) {
  for (const json::Object* object : json::objects(parent, list)) {
    auto one = read(*object);
    if (one) {
      facts.push_back(std::move(*one));
    } else {
      rejected.push_back({fmt::format("{} '{}'", kind, name_in(*object)), one.error().message});
    }
  }
}

TaskRef read_ref(const json::Object& task) {
  std::string id = read_id(task, "task_id");
  if (id.empty()) id = read_id(task, "id");
  return {read_id(task, "framework_id"), std::move(id)};
}

/// Which tasks are in `list`; those of /state belong to the framework they stand under, whatever
/// they say.
void read_tasks(const json::Object& parent,
                std::string_view list,
                const std::string& framework,
                StateFacts& state) {
  for (const json::Object* object : json::objects(parent, list)) {
    auto task = read_task(*object, state.rejected);
    if (task) {
      if (!framework.empty()) task->facts.ref.framework = framework;
      state.tasks.push_back(std::move(*task));
      continue;
    }
    state.unread.push_back(read_ref(*object));
    state.rejected.push_back(
        {fmt::format("task '{}'", state.unread.back().id), task.error().message});
  }
}

void read_ended_tasks(const json::Object& parent, StateFacts& state) {
  for (const json::Object* task : json::objects(parent, "completed_tasks")) {
    state.ended_tasks.push_back(read_ref(*task));
  }
}

void read_recovered(const json::Object& parent, std::string_view list, StateFacts& state) {
  for (const json::Object* agent : json::objects(parent, list)) {
    const auto facts = read_agent(*agent);
    if (facts) state.recovered_agents.push_back(facts->id);
  }
}

void read_ended_frameworks(const json::Object& parent, StateFacts& state) {
  for (const json::Object* framework : json::objects(parent, "completed_frameworks")) {
    const auto facts = read_framework(*framework);
    if (facts) state.ended_frameworks.push_back(facts->id);
  }
}

// ---- The operator API

/// `get_tasks`, `get_agents` and `get_frameworks` of a GET_STATE answer or a SUBSCRIBED.
Expected<StateFacts> read_state(const json::Object& parent) {
  const json::Object* found = json::member(parent, "get_state");
  if (found == nullptr) return refuse("it holds no get_state");
  StateFacts state;
  if (const json::Object* agents = json::member(*found, "get_agents")) {
    read_each(*agents, "agents", "agent", read_agent, state.agents, state.rejected);
    read_recovered(*agents, "recovered_agents", state);
  }
  if (const json::Object* frameworks = json::member(*found, "get_frameworks")) {
    read_each(
        *frameworks, "frameworks", "framework", read_framework, state.frameworks, state.rejected);
    read_ended_frameworks(*frameworks, state);
  }
  if (const json::Object* tasks = json::member(*found, "get_tasks")) {
    // Until 1.2 what is now `tasks` was `launched_tasks`.
    for (const char* list : {"tasks", "launched_tasks", "orphan_tasks", "unreachable_tasks"}) {
      read_tasks(*tasks, list, "", state);
    }
    read_ended_tasks(*tasks, state);
  }
  return state;
}

Expected<Event> read_subscribed(const json::Object& body) {
  auto state = read_state(body);
  if (!state) return tl::unexpected(state.error());
  const bool beats = json::number(body, "heartbeat_interval_seconds").value_or(0) > 0;
  return Subscribed{std::move(*state), beats};
}

Expected<Event> read_task_added(const json::Object& body) {
  const json::Object* object = json::member(body, "task");
  if (object == nullptr) return refuse("it holds no task");
  TaskAdded added;
  auto task = read_task(*object, added.rejected);
  if (!task) {
    return refuse(fmt::format("task '{}': {}", read_ref(*object).id, task.error().message));
  }
  added.task = std::move(*task);
  return added;
}

/// 1.0 wrote what the status tells beside it, not in it.
Expected<Event> read_task_updated(const json::Object& body) {
  const json::Object* nested = json::member(body, "status");
  const json::Object& status = nested ? *nested : body;
  TaskChange change;
  change.ref = {read_id(body, "framework_id"), read_id(status, "task_id")};
  if (change.ref.id.empty()) return refuse("it names no task");
  const std::string_view name = json::text(json::find(body, "state") ? body : status, "state");
  const auto state = parse_state(name);
  if (!state) {
    return refuse(fmt::format("task '{}': state '{}' is no Mesos task state", change.ref.id, name));
  }
  change.state = *state;
  change.observed = read_status(status);
  return TaskUpdated{std::move(change)};
}

Expected<Event> read_agent_added(const json::Object& body) {
  const json::Object* object = json::member(body, "agent");
  if (object == nullptr) return refuse("it holds no agent");
  auto agent = read_agent(*object);
  if (!agent) return tl::unexpected(agent.error());
  return AgentAdded{std::move(*agent)};
}

Expected<Event> read_agent_removed(const json::Object& body) {
  std::string id = read_id(body, "agent_id");
  if (id.empty()) return refuse("it names no agent");
  return AgentRemoved{std::move(id)};
}

Expected<Event> read_framework_changed(const json::Object& body) {
  const json::Object* object = json::member(body, "framework");
  if (object == nullptr) return refuse("it holds no framework");
  auto framework = read_framework(*object);
  if (!framework) return tl::unexpected(framework.error());
  return FrameworkChanged{std::move(*framework)};
}

Expected<Event> read_framework_removed(const json::Object& body) {
  auto framework = read_framework(body);  // The whole of it, though only the id counts.
  if (!framework) return tl::unexpected(framework.error());
  return FrameworkRemoved{std::move(framework->id)};
}

struct Type {
  std::string_view name;
  std::string_view body;  // The member that holds what it tells.
  Expected<Event> (*read)(const json::Object& body);
};
constexpr Type kTypes[] = {
    {"SUBSCRIBED", "subscribed", read_subscribed},
    {"TASK_ADDED", "task_added", read_task_added},
    {"TASK_UPDATED", "task_updated", read_task_updated},
    {"AGENT_ADDED", "agent_added", read_agent_added},
    {"AGENT_REMOVED", "agent_removed", read_agent_removed},
    {"FRAMEWORK_ADDED", "framework_added", read_framework_changed},
    {"FRAMEWORK_UPDATED", "framework_updated", read_framework_changed},
    {"FRAMEWORK_REMOVED", "framework_removed", read_framework_removed},
};

Expected<Event> read_event(const json::Object& record) {
  const std::string_view name = json::text(record, "type");
  if (name.empty()) return refuse("it has no type");
  if (name == "HEARTBEAT") return Heartbeat{};
  for (const Type& type : kTypes) {
    if (type.name != name) continue;
    const json::Object* body = json::member(record, type.body);
    if (body == nullptr) return refuse(fmt::format("{} holds nothing", name));
    auto event = type.read(*body);
    if (!event) return refuse(fmt::format("{}: {}", name, event.error().message));
    return event;
  }
  return Unknown{};
}

/// Parses a text and reads its root with `read`.
template <class Read>
auto parse_with(std::string_view text, Read read) {
  decltype(read(std::declval<const json::Object&>())) result{};
  const auto parsed = json::with_object(text, [&](const json::Object& root) -> Expected<void> {
    result = read(root);
    return {};
  });
  if (!parsed) result = tl::unexpected(parsed.error());
  return result;
}

Expected<AgentsAnswer> read_agents_answer(const json::Object& root) {
  const json::Object* found = json::member(root, "get_agents");
  if (found == nullptr) return refuse("it holds no get_agents");
  AgentsAnswer answer;
  read_each(*found, "agents", "agent", read_agent, answer.agents, answer.rejected);
  return answer;
}

Expected<MasterFacts> read_master_answer(const json::Object& root) {
  const json::Object* found = json::member(root, "get_master");
  const json::Object* info = found ? json::member(*found, "master_info") : nullptr;
  if (info == nullptr) return refuse("it holds no master_info");
  auto peer = parse_pid(json::text(*info, "pid"));
  if (!peer) return refuse("its pid is none");
  return MasterFacts{std::move(peer->host), peer->port, std::string(json::text(*info, "hostname"))};
}

Expected<FrameworksAnswer> read_frameworks_answer(const json::Object& root) {
  const json::Value* list = json::find(root, "frameworks");
  if (list == nullptr || !list->is_array()) return refuse("it holds no list of frameworks");
  FrameworksAnswer answer;
  read_each(root, "frameworks", "framework", read_framework, answer.frameworks, answer.rejected);
  return answer;
}

// ---- The older API

/// A master that does not lead answers, in old versions, with an empty state of its own; its
/// `leader` then names another than its `pid`.
void read_leader(const json::Object& root, StateFacts& state) {
  const std::string_view leader = json::text(root, "leader");
  auto peer = parse_pid(leader);
  if (!peer) return;
  const json::Object* info = json::member(root, "leader_info");
  state.from_leader = leader == json::text(root, "pid");
  const std::string_view hostname = info                ? json::text(*info, "hostname")
                                    : state.from_leader ? json::text(root, "hostname")
                                                        : "";
  state.leader = MasterFacts{std::move(peer->host), peer->port, std::string(hostname)};
}

Expected<StateFacts> read_state_page(const json::Object& root) {
  if (!json::find(root, "slaves") || !json::find(root, "frameworks")) {
    return refuse("it is no state of a master: it holds no slaves or no frameworks");
  }
  StateFacts state;
  read_leader(root, state);
  read_each(root, "slaves", "agent", read_agent, state.agents, state.rejected);
  read_recovered(root, "recovered_slaves", state);
  read_each(root, "frameworks", "framework", read_framework, state.frameworks, state.rejected);
  read_ended_frameworks(root, state);
  read_tasks(root, "orphan_tasks", "", state);
  for (const json::Object* framework : json::objects(root, "frameworks")) {
    const std::string id = read_id(*framework, "id");
    read_tasks(*framework, "tasks", id, state);
    read_tasks(*framework, "unreachable_tasks", id, state);
    read_ended_tasks(*framework, state);
  }
  return state;
}

}  // namespace

Expected<Event> parse_event(std::string_view record) { return parse_with(record, read_event); }
Expected<StateFacts> parse_get_state(std::string_view body) { return parse_with(body, read_state); }
Expected<AgentsAnswer> parse_get_agents(std::string_view body) {
  return parse_with(body, read_agents_answer);
}
Expected<MasterFacts> parse_get_master(std::string_view body) {
  return parse_with(body, read_master_answer);
}
Expected<FrameworksAnswer> parse_frameworks(std::string_view body) {
  return parse_with(body, read_frameworks_answer);
}
Expected<StateFacts> parse_state_page(std::string_view body) {
  return parse_with(body, read_state_page);
}

}  // namespace watcher::mesos
