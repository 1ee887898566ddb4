#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "http/message.h"
#include "tests/watcher/mesos/bodies.h"
#include "watcher/mesos/model.h"

namespace watcher::mesos {

/// The truth of a simulation: agents and the tasks on them, what the leading master knows of them,
/// the events that their changes cause, and the answers that tell of them.
class FakeMesos {
 public:
  struct FakeTask {
    std::string agent;
    bool checked = false;
    TaskState state = TaskState::Starting;
    Health verdict = Health::Unknown;
    bool known = true;    // To the leading master.
    bool unsaid = false;  // It has ended, and that is not acknowledged: no event tells it.
    bool doomed = false;  // Its end is decided.
  };
  struct FakeAgent {
    std::string address;
    bool registered = true;  // With the leading master.
    bool draining = false;
  };
  using Emit = std::function<void(std::string record)>;

  explicit FakeMesos(Emit emit) : emit_(std::move(emit)) {}

  const std::map<TaskRef, FakeTask>& tasks() const { return tasks_; }
  const std::map<std::string, FakeAgent>& agents() const { return agents_; }
  static std::vector<std::string> frameworks() { return {"F", "G"}; }

  // Changes.

  void add_agent() {
    const std::string id = "S" + std::to_string(++clock_);
    agents_[id] = {"10.1.0." + std::to_string(clock_ % 250 + 1)};
    emit_(agent_added(agent_json(id)));
  }
  TaskRef start_task(const std::string& framework, const std::string& agent, bool checked) {
    const TaskRef ref{framework, "t" + std::to_string(++clock_)};
    tasks_[ref] = {.agent = agent, .checked = checked};
    emit_(task_added(body_of(ref)));
    return ref;
  }
  void run_task(const TaskRef& ref) {
    if (is_idle(ref) || tasks_[ref].state != TaskState::Starting) return;
    turn(ref, TaskState::Running, "RUNNING");
  }
  void judge_task(const TaskRef& ref, bool healthy) {
    FakeTask& task = tasks_[ref];
    if (is_idle(ref) || task.state != TaskState::Running || !task.checked) return;
    task.verdict = healthy ? Health::Passing : Health::Failing;
    tell(ref, "RUNNING", healthy ? kHealthy : kUnhealthy);
  }
  void kill_task(const TaskRef& ref, bool with_warning) {
    if (is_idle(ref)) return;
    tasks_[ref].doomed = true;
    if (with_warning) turn(ref, TaskState::Killing, "KILLING");
  }
  /// Wherever it runs: on a lost agent, or one that is not back yet, nobody hears of it now.
  void end_task(const TaskRef& ref, const std::string& how) {
    FakeTask& task = tasks_[ref];
    if (task.state == TaskState::Ended) return;
    task.doomed = true;
    if (!task.known || task.state == TaskState::Unreachable) {
      task.unsaid = true;  // Told when the agent is back.
      return;
    }
    task.state = TaskState::Ended;
    completed_.push_back(ref);
    tell(ref, how, "");
  }
  void end_silently(const TaskRef& ref) {
    if (is_idle(ref)) return;
    tasks_[ref].state = TaskState::Ended;
    tasks_[ref].doomed = tasks_[ref].unsaid = true;
  }

  void lose_agent(const std::string& id) {
    if (!agents_.at(id).registered) return;
    agents_.at(id).registered = false;
    for (auto& [ref, task] : tasks_) {
      if (task.agent != id || !task.known || task.state == TaskState::Ended) continue;
      before_[ref] = task.state;
      turn(ref, TaskState::Unreachable, "UNREACHABLE");
    }
  }
  /// It registers with the leading master, again or for the first time. An agent that was lost
  /// tells its tasks first; one that a new master did not know yet tells them after itself.
  void bring_agent_back(const std::string& id) {
    FakeAgent& agent = agents_.at(id);
    if (agent.registered) return;
    agent.registered = true;
    const bool was_lost = before_agents_.erase(id) == 0;
    if (!was_lost) emit_(agent_added(agent_json(id)));
    for (auto& [ref, task] : tasks_) {
      if (task.agent != id || task.state == TaskState::Ended) continue;
      if (task.state == TaskState::Unreachable) task.state = before_[ref];
      const bool ended = std::exchange(task.unsaid, false);
      if (ended && !task.known) {  // A new master never hears of it.
        task.state = TaskState::Ended;
        continue;
      }
      task.known = true;
      emit_(task_added(body_of(ref)));
      if (ended) end_task(ref, "FINISHED");
    }
    if (was_lost) emit_(agent_added(agent_json(id)));
  }
  /// It leaves for good.
  void remove_agent(const std::string& id) {
    for (auto& [ref, task] : tasks_) {
      if (task.agent != id || task.state == TaskState::Ended) continue;
      task.doomed = true;
      task.state = TaskState::Ended;
      if (!task.known) continue;
      completed_.push_back(ref);
      tell(ref, "LOST", "");
    }
    agents_.erase(id);
    emit_(agent_removed(id));
  }
  void drain_agent(const std::string& id) { agents_.at(id).draining = true; }

  /// Another master leads: it knows the agents by name, and nothing of what runs on them.
  void fail_over() {
    for (auto& [id, agent] : agents_) {
      if (agent.registered) before_agents_.insert(id);
      agent.registered = false;
    }
    for (auto& [ref, task] : tasks_) {
      task.known = false;
      if (task.state == TaskState::Unreachable) task.state = before_[ref];
      if (task.unsaid) task.state = TaskState::Ended;
    }
    for (const auto& [id, agent] : agents_) before_agents_.insert(id);
    frameworks_known_ = false;
    completed_.clear();
  }
  void bring_frameworks_back() {
    if (std::exchange(frameworks_known_, true)) return;
    for (const std::string& id : frameworks()) emit_(framework_added(framework_body(id, id)));
  }

  // Answers.

  std::string subscribed() const {
    return R"({"type":"SUBSCRIBED","subscribed":{"get_state":{)" + state_body(state()) +
           R"(},"heartbeat_interval_seconds":15.0}})";
  }
  http::Response answer(const std::string& name) const {
    if (name == "GET_STATE") return {200, {}, state_answer(state())};
    if (name == "GET_AGENTS") return {200, {}, agents_answer(state().agents)};
    if (name == "/frameworks") return {200, {}, R"({"frameworks":[]})"};
    if (name == "/state") return {200, {}, page()};
    return {400, {}, "what?"};
  }

 private:
  bool is_idle(const TaskRef& ref) const {
    const FakeTask& task = tasks_.at(ref);
    return task.doomed || !task.known || task.state == TaskState::Ended ||
           task.state == TaskState::Unreachable;
  }
  void turn(const TaskRef& ref, TaskState state, const std::string& name) {
    tasks_[ref].state = state;
    tell(ref, name, "");
  }
  void tell(const TaskRef& ref, const std::string& state, const std::string& more) {
    emit_(task_updated({.id = ref.id,
                        .state = state,
                        .framework = ref.framework,
                        .when = static_cast<double>(++clock_),
                        .more = more}));
  }

  static std::string state_name(const FakeTask& task) {
    switch (task.state) {
      case TaskState::Starting:
        return "STAGING";
      case TaskState::Running:
        return "RUNNING";
      case TaskState::Killing:
        return "KILLING";
      case TaskState::Unreachable:
        return "UNREACHABLE";
      case TaskState::Ended:
        return "FINISHED";
    }
    return "";
  }
  TaskBody body_of(const TaskRef& ref) const {
    const FakeTask& task = tasks_.at(ref);
    TaskBody body{
        .id = ref.id, .state = state_name(task), .framework = ref.framework, .agent = task.agent};
    if (task.checked) body.more = kChecked;
    if (task.verdict != Health::Unknown) {
      body.more += fmt::format(R"(,"statuses":[{{"state":"TASK_RUNNING","timestamp":{}{}}}])",
                               clock_,
                               task.verdict == Health::Passing ? kHealthy : kUnhealthy);
    }
    return body;
  }
  std::string agent_json(const std::string& id) const {
    const FakeAgent& agent = agents_.at(id);
    return agent_body(id, agent.address, agent.draining ? kDrains : "");
  }
  StateBody state() const {
    std::vector<std::string> tasks, unreachable, completed, agents, recovered, frameworks;
    for (const auto& [ref, task] : tasks_) {
      if (!task.known || (task.state == TaskState::Ended && !task.unsaid)) continue;
      auto& list = task.state == TaskState::Unreachable ? unreachable : tasks;
      list.push_back(task_body(body_of(ref)));
    }
    for (const TaskRef& ref : completed_) completed.push_back(task_body(body_of(ref)));
    for (const auto& [id, agent] : agents_) {
      if (agent.registered) agents.push_back(agent_json(id));
      if (!agent.registered && before_agents_.contains(id)) {
        recovered.push_back(R"({"id":{"value":")" + id + "\"}}");
      }
    }
    if (frameworks_known_) {
      for (const std::string& id : FakeMesos::frameworks()) {
        frameworks.push_back(framework_body(id, id));
      }
    }
    return {.tasks = join(tasks),
            .agents = join(agents),
            .frameworks = join(frameworks),
            .recovered = join(recovered),
            .completed = join(completed),
            .unreachable = join(unreachable)};
  }
  /// The same as /state tells it, in an order of its own. Our reader takes ids of either kind.
  std::string page() const {
    const StateBody now = state();
    const std::string frameworks = R"({"id":"F","name":"F","completed_tasks":[)" + now.completed +
                                   R"(]},{"id":"G","name":"G"})";
    const bool both = !now.unreachable.empty() && !now.tasks.empty();
    return fmt::format(
        R"({{"slaves":[{}],"recovered_slaves":[{}],"frameworks":[{}],"orphan_tasks":[{}]}})",
        now.agents,
        now.recovered,
        frameworks_known_ ? frameworks : "",
        now.tasks + (both ? "," : "") + now.unreachable);
  }

  Emit emit_;
  int clock_ = 0;
  std::map<std::string, FakeAgent> agents_;
  std::map<TaskRef, FakeTask> tasks_;
  std::vector<TaskRef> completed_;
  bool frameworks_known_ = true;
  std::map<TaskRef, TaskState> before_;  // What tasks on lost agents were.
  std::set<std::string> before_agents_;  // Agents that a new master only knows by name.
};

}  // namespace watcher::mesos
