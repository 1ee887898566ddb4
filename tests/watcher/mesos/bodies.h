#pragma once

#include <fmt/core.h>

#include <string>
#include <vector>

/// JSON as Mesos masters of 1.x write it, cut down to what tests need.
namespace watcher::mesos {

struct TaskBody {
  std::string id;
  std::string state = "RUNNING";
  std::string framework = "F";
  std::string agent = "A";
  std::string name = "web";
  std::string more;  // Further members, each with a comma before it.
};

inline std::string task_body(const TaskBody& task) {
  return fmt::format(R"({{"name":"{}","task_id":{{"value":"{}"}},"framework_id":{{"value":"{}"}},)"
                     R"("agent_id":{{"value":"{}"}},"state":"TASK_{}"{}}})",
                     task.name,
                     task.id,
                     task.framework,
                     task.agent,
                     task.state,
                     task.more);
}

inline std::string agent_body(const std::string& id = "A",
                              const std::string& address = "10.0.1.1",
                              const std::string& more = "") {
  return fmt::format(R"({{"agent_info":{{"id":{{"value":"{}"}},"hostname":"{}.test","port":5051}},)"
                     R"("pid":"slave(1)@{}:5051"{}}})",
                     id,
                     id,
                     address,
                     more);
}

inline std::string framework_body(const std::string& id = "F",
                                  const std::string& name = "marathon") {
  return fmt::format(
      R"({{"framework_info":{{"id":{{"value":"{}"}},"name":"{}","hostname":"10.0.2.1"}}}})",
      id,
      name);
}

struct StateBody {
  std::string tasks;
  std::string agents = agent_body();
  std::string frameworks = framework_body();
  std::string recovered;  // AgentInfos.
  std::string completed;  // Tasks.
  std::string unreachable;
};

/// The members of a get_state.
inline std::string state_body(const StateBody& state) {
  return fmt::format(
      R"("get_tasks":{{"tasks":[{}],"unreachable_tasks":[{}],"completed_tasks":[{}]}},)"
      R"("get_frameworks":{{"frameworks":[{}]}},)"
      R"("get_agents":{{"agents":[{}],"recovered_agents":[{}]}})",
      state.tasks,
      state.unreachable,
      state.completed,
      state.frameworks,
      state.agents,
      state.recovered);
}
/// The answer to GET_STATE.
inline std::string state_answer(const StateBody& state) {
  return R"({"type":"GET_STATE","get_state":{)" + state_body(state) + "}}";
}
inline std::string agents_answer(const std::string& agents) {
  return R"({"type":"GET_AGENTS","get_agents":{"agents":[)" + agents + "]}}";
}

// Events.

inline std::string task_added(const TaskBody& task) {
  return R"({"type":"TASK_ADDED","task_added":{"task":)" + task_body(task) + "}}";
}

struct UpdateBody {
  std::string id;
  std::string state = "RUNNING";  // The newest the master knows.
  std::string status = state;     // Of the status it comes with.
  std::string framework = "F";
  double when = 1;
  std::string more;  // Further members of the status.
};
inline std::string task_updated(const UpdateBody& update) {
  return fmt::format(
      R"({{"type":"TASK_UPDATED","task_updated":{{"framework_id":{{"value":"{}"}},)"
      R"("status":{{"task_id":{{"value":"{}"}},"state":"TASK_{}","timestamp":{}{}}},)"
      R"("state":"TASK_{}"}}}})",
      update.framework,
      update.id,
      update.status,
      update.when,
      update.more,
      update.state);
}
inline std::string agent_added(const std::string& agent) {
  return R"({"type":"AGENT_ADDED","agent_added":{"agent":)" + agent + "}}";
}
inline std::string agent_removed(const std::string& id) {
  return R"({"type":"AGENT_REMOVED","agent_removed":{"agent_id":{"value":")" + id + "\"}}}";
}
inline std::string framework_added(const std::string& framework) {
  return R"({"type":"FRAMEWORK_ADDED","framework_added":{"framework":)" + framework + "}}";
}
inline std::string framework_removed(const std::string& id) {
  return R"({"type":"FRAMEWORK_REMOVED","framework_removed":{"framework_info":{"id":{"value":")" +
         id + "\"}}}}";
}

// Further members.

inline std::string with_address(const std::string& address) {
  return R"(,"container_status":{"network_infos":[{"ip_addresses":[{"ip_address":")" + address +
         R"("}]}]})";
}
inline const std::string kHealthy = R"(,"healthy":true)";
inline const std::string kUnhealthy = R"(,"healthy":false)";
inline const std::string kChecked = R"(,"health_check":{"type":"HTTP"})";
inline const std::string kDrains = R"(,"deactivated":true,"drain_info":{"state":"DRAINING"})";

inline std::string join(const std::vector<std::string>& bodies) {
  std::string joined;
  for (const std::string& body : bodies) {
    if (!joined.empty()) joined += ',';
    joined += body;
  }
  return joined;
}

}  // namespace watcher::mesos
