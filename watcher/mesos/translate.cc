#include "watcher/mesos/translate.h"

#include <algorithm>

namespace watcher::mesos {
namespace {

bool contains(const std::vector<Protocol>& protocols, Protocol protocol) {
  return std::find(protocols.begin(), protocols.end(), protocol) != protocols.end();
}

const PortMapping* find_mapping(const std::vector<PortMapping>& mappings,
                                std::uint16_t number,
                                Protocol protocol) {
  const auto found = std::find_if(mappings.begin(), mappings.end(), [&](const PortMapping& m) {
    return m.container_port == number && contains(m.protocols, protocol);
  });
  return found == mappings.end() ? nullptr : &*found;
}

/// Sets where the port is open; the table stands in the header.
void locate(TaskPort& port, Scope scope, const TaskFacts& facts, const Observed& observed) {
  const auto& held = facts.host_ports;
  port.reach = Reach::Agent;
  if (scope == Scope::Host) return;
  if (scope == Scope::Unsaid) {
    if (std::find(held.begin(), held.end(), port.port) != held.end()) return;
    const PortMapping* mapping = find_mapping(observed.mappings, port.port, port.protocol);
    if (mapping == nullptr) mapping = find_mapping(facts.mappings, port.port, port.protocol);
    if (mapping != nullptr) {
      port.port = mapping->host_port;
      return;
    }
    if (observed.addresses.empty()) return;
  }
  port.reach = Reach::Task;
}

/// Is this where the task's own check asks? Behind a mapping, Mesos names the port inside.
bool is_asked(const TaskPort& port, std::uint16_t described, const TaskFacts& facts) {
  if (facts.check_port == 0 || port.protocol != Protocol::Tcp) return false;
  if (facts.check_port == described) return true;
  const PortMapping* mapping = find_mapping(facts.mappings, facts.check_port, port.protocol);
  return port.reach == Reach::Agent && mapping != nullptr && mapping->host_port == port.port;
}

std::vector<TaskPort> to_ports(const TaskFacts& facts, const Observed& observed) {
  std::vector<TaskPort> ports;
  for (const DiscoveryPort& described : facts.ports) {
    for (const Protocol protocol : described.protocols) {
      TaskPort port;
      port.name = described.name;
      port.port = described.number;
      port.protocol = protocol;
      port.labels = described.labels;
      locate(port, described.scope, facts, observed);
      if (is_asked(port, described.number, facts)) port.check = facts.check;
      ports.push_back(std::move(port));
    }
  }
  return ports;
}

/// A task whose check has not spoken yet is not served; one without a check is.
Health to_health(const TaskFacts& facts, const Observed& observed) {
  if (observed.verdict != Health::Unknown) return observed.verdict;
  return facts.health_checked ? Health::Unknown : Health::None;
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool digit = std::string_view("0123456789abcdef").find(text[i]) != std::string_view::npos;
    if (dash ? text[i] != '-' : !digit) return false;
  }
  return true;
}

/// Is this what Marathon puts behind the app in a task id? Instances, since 1.5, may be followed
/// by the container and the incarnation.
bool is_incarnation(std::string_view text) {
  for (const std::string_view kind : {"instance-", "marathon-"}) {
    if (text.starts_with(kind)) return is_uuid(text.substr(kind.size()).substr(0, 36));
  }
  return is_uuid(text.substr(0, 36));
}

}  // namespace

Task to_task(const TaskFacts& facts, const Observed& observed, const Surroundings& around) {
  Task task;
  task.key = {std::string(around.source), facts.ref.id, facts.ref.framework};
  task.name = facts.name;
  task.app = app_of(facts.name, facts.ref.id);
  task.framework = around.framework;
  task.agent_id = facts.agent;
  task.region = around.region;
  task.zone = around.zone;
  task.discovery_name = facts.discovery_name;
  task.ports = to_ports(facts, observed);
  task.host_ports = facts.host_ports;
  task.agent_addresses.assign(around.agent_addresses.begin(), around.agent_addresses.end());
  task.addresses = observed.addresses;
  task.labels = facts.labels;
  task.state = facts.state;
  if (around.agent_drains && task.state == TaskState::Running) task.state = TaskState::Killing;
  task.health = to_health(facts, observed);
  if (facts.kill_grace) task.kill_grace = *facts.kill_grace;
  return task;
}

std::string app_of(std::string_view name, std::string_view id) {
  std::string app;
  std::string prefix;
  for (std::string_view rest = name; !rest.empty();) {
    const std::size_t dot = rest.rfind('.');
    const std::string_view segment = dot == std::string_view::npos ? rest : rest.substr(dot + 1);
    rest = dot == std::string_view::npos ? "" : rest.substr(0, dot);
    app.append("/").append(segment);
    if (!prefix.empty()) prefix += '_';
    prefix += segment;
  }
  prefix += '.';
  const bool marathons = id.starts_with(prefix) && is_incarnation(id.substr(prefix.size()));
  return marathons ? app : std::string(name);
}

}  // namespace watcher::mesos
