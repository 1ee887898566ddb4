#pragma once

#include <span>
#include <string>

#include "watcher/marathon/model.h"

namespace watcher::marathon {

/// How tasks of this Marathon are called elsewhere.
struct Origin {
  std::string source;     // TaskKey::source of every task.
  std::string framework;  // Name Marathon registered with at Mesos.
};

/// Puts a task into the neutral model. Which address and port a client connects to follows the
/// definition of the task's own version:
///   host network           agent : task.ports[i] of portDefinitions[i]
///   bridge                 agent : next of task.ports, for each mapping
///   container, hostPort    agent : next of task.ports
///   container, no hostPort task's address : containerPort
///   ipAddress.discovery    task's address : number (until 1.4)
///   several networks       task's address on those that the port's networkNames say
/// Endpoints of pods follow the rules of container networks, for the task of their container.
/// A port whose host port Marathon does not list (any more, or yet) is left out.
Task to_task(const TaskFacts& facts,
             const Definition& definition,
             const Origin& origin,
             std::span<const IpAddress> agent_addresses);

}  // namespace watcher::marathon
