#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "common/result.h"
#include "watcher/follow/json.h"
#include "watcher/marathon/model.h"

/// Reads the pieces that answers and events have in common.
namespace watcher::marathon {

Definition read_definition(const json::Object& app);
Definition read_pod_definition(const json::Object& pod);

/// A Mesos task state by its name; empty when Mesos has none of that name. States that end a task
/// for Marathon while its process may live (TASK_GONE_BY_OPERATOR, TASK_UNKNOWN) drain it.
std::optional<TaskState> parse_state(std::string_view name);

/// Errors: InvalidInput when the member is no list of port numbers.
common::Expected<std::vector<std::uint16_t>> read_ports(const json::Object& task);
std::vector<IpAddress> read_addresses(const json::Object& task);

}  // namespace watcher::marathon
