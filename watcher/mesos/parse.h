#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/result.h"
#include "watcher/mesos/model.h"

/// Bodies and records of a Mesos master, reduced to the model. What is malformed inside a list is
/// left out and told among its rejections; unknown members are normal. Errors: InvalidInput when
/// the whole is not what was asked for.
namespace watcher::mesos {

// ---- Records of the stream

/// The first: everything there is.
struct Subscribed {
  StateFacts state;
  bool has_heartbeats = false;  // It promises them; versions before 1.5 send none.
};
struct TaskAdded {  // Also when it comes back with its agent, and then in any state.
  TaskSeen task;
  std::vector<Rejection> rejected;
};
struct TaskUpdated {
  TaskChange change;
};
struct AgentAdded {
  AgentFacts agent;
};
struct AgentRemoved {
  std::string id;
};
struct FrameworkChanged {  // Added or updated.
  FrameworkFacts framework;
};
struct FrameworkRemoved {
  std::string id;
};
struct Heartbeat {};
struct Unknown {};  // Types that later versions may have.

using Event = std::variant<Unknown,
                           Heartbeat,
                           Subscribed,
                           TaskAdded,
                           TaskUpdated,
                           AgentAdded,
                           AgentRemoved,
                           FrameworkChanged,
                           FrameworkRemoved>;

common::Expected<Event> parse_event(std::string_view record);

// ---- Answers

struct AgentsAnswer {
  std::vector<AgentFacts> agents;
  std::vector<Rejection> rejected;
};
struct FrameworksAnswer {
  std::vector<FrameworkFacts> frameworks;
  std::vector<Rejection> rejected;
};

common::Expected<StateFacts> parse_get_state(std::string_view body);         // POST GET_STATE
common::Expected<AgentsAnswer> parse_get_agents(std::string_view body);      // POST GET_AGENTS
common::Expected<MasterFacts> parse_get_master(std::string_view body);       // POST GET_MASTER
common::Expected<FrameworksAnswer> parse_frameworks(std::string_view body);  // GET /frameworks
common::Expected<StateFacts> parse_state_page(std::string_view body);        // GET /state

}  // namespace watcher::mesos
