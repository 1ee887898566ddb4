#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.h"
#include "watcher/follow/json.h"
#include "watcher/mesos/model.h"

/// Reads the pieces that records, answers of the operator API and /state have in common. The two
/// APIs write ids, labels and resources differently; both are read everywhere.
namespace watcher::mesos {

/// A Mesos task state by its name; empty when Mesos has none of that name. TASK_LOST is
/// Unreachable: for schedulers that know no partitions it is the word for that, and such tasks come
/// back.
std::optional<TaskState> parse_state(std::string_view name);

/// `{"value": "x"}` or "x"; empty when there is none.
std::string read_id(const json::Object& object, std::string_view key);

/// Host and port of a libprocess id, "slave(1)@10.0.4.21:5051". Empty when it is none.
struct Peer {
  std::string host;  // Without brackets for IPv6.
  std::uint16_t port = 0;
};
std::optional<Peer> parse_pid(std::string_view pid);

/// Ports that cannot be served (number 0 or beyond 65535, neither TCP nor UDP) are left out and
/// told in `rejected`. Errors: InvalidInput when it names no task, framework or state.
common::Expected<TaskSeen> read_task(const json::Object& task, std::vector<Rejection>& rejected);
Observed read_status(const json::Object& status);

common::Expected<AgentFacts> read_agent(const json::Object& agent);
common::Expected<FrameworkFacts> read_framework(const json::Object& framework);

}  // namespace watcher::mesos
