#pragma once

#include <string>
#include <utility>

#include "watcher/task.h"

/// Tasks for tests, built up in steps that read like a sentence.
namespace watcher::testing {

inline IpAddress ip(const char* text) { return IpAddress::parse(text).value(); }

/// A running task of Marathon on agent 10.0.0.1, without ports.
inline Task sample_task(std::string id, std::string app = "/web") {
  Task task;
  task.key = {"marathon", std::move(id)};
  task.name = app.substr(1);
  task.app = std::move(app);
  task.framework = "marathon";
  task.agent_addresses = {ip("10.0.0.1")};
  task.state = TaskState::Running;
  return task;
}

inline TaskPort sample_port(std::uint16_t number,
                            Labels labels = {},
                            Protocol protocol = Protocol::Tcp) {
  TaskPort port;
  port.port = number;
  port.protocol = protocol;
  port.labels = std::move(labels);
  return port;
}

/// As above with one TCP port on the agent behind the VIP of a label VIP_0.
inline Task vip_task(std::string id,
                     std::uint16_t port,
                     std::string vip = "/web:80",
                     std::string app = "/web") {
  Task task = sample_task(std::move(id), std::move(app));
  task.ports.push_back(sample_port(port, {{"VIP_0", std::move(vip)}}));
  task.host_ports = {port};
  return task;
}

}  // namespace watcher::testing
