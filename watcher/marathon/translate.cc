#include "watcher/marathon/translate.h"

#include "watcher/marathon/path.h"

namespace watcher::marathon {
namespace {

/// Hands out the task's host ports in the order of the definition; 0 when they have run out.
class HostPorts {
 public:
  explicit HostPorts(const std::vector<std::uint16_t>& ports) : ports_(ports) {}
  std::uint16_t next() { return used_ < ports_.size() ? ports_[used_++] : std::uint16_t{0}; }

 private:
  const std::vector<std::uint16_t>& ports_;
  std::size_t used_ = 0;
};

/// Those of the networks a port names; empty, which means all, unless each network has one.
std::vector<IpAddress> addresses_for(const PortSpec& spec,
                                     const TaskFacts& facts,
                                     const Definition& definition) {
  std::vector<IpAddress> addresses;
  if (facts.addresses.size() != definition.networks) return addresses;
  for (const std::size_t network : spec.networks) addresses.push_back(facts.addresses[network]);
  return addresses;
}

std::vector<TaskPort> to_ports(const TaskFacts& facts, const Definition& definition) {
  std::vector<TaskPort> ports;
  HostPorts host_ports(facts.ports);
  for (const PortSpec& spec : definition.ports) {
    if (spec.container != facts.container) continue;
    const std::uint16_t number = spec.on_agent ? host_ports.next() : spec.number;
    if (number == 0) continue;
    for (const Protocol protocol : spec.protocols) {
      TaskPort port;
      port.name = spec.name;
      port.port = number;
      port.protocol = protocol;
      port.reach = spec.on_agent ? Reach::Agent : Reach::Task;
      port.service_port = spec.service_port;
      port.labels = spec.labels;
      if (protocol == Protocol::Tcp) port.check = spec.check;
      if (!spec.on_agent) port.addresses = addresses_for(spec, facts, definition);
      ports.push_back(std::move(port));
    }
  }
  return ports;
}

}  // namespace

Task to_task(const TaskFacts& facts,
             const Definition& definition,
             const Origin& origin,
             std::span<const IpAddress> agent_addresses) {
  Task task;
  task.key = {origin.source, facts.id};
  const std::string app_name = mesos_name(facts.app);
  task.name = facts.container.empty() ? SharedString(app_name) : facts.container;
  task.app = facts.app;
  task.framework = origin.framework;
  task.agent_id = facts.agent_id;
  task.version = facts.version;
  task.region = facts.region;
  task.zone = facts.zone;
  task.discovery_name = app_name;  // Marathon always sets a DiscoveryInfo of this name.
  task.ports = to_ports(facts, definition);
  task.host_ports = facts.ports;
  task.agent_addresses.assign(agent_addresses.begin(), agent_addresses.end());
  task.addresses = facts.addresses;
  if (task.addresses.empty() && definition.host_network) task.addresses = task.agent_addresses;
  task.labels = definition.labels;
  task.state = facts.state;
  task.health = definition.health_checks ? facts.health : Health::None;
  task.ready = facts.ready;
  task.kill_grace = definition.kill_grace;
  return task;
}

}  // namespace watcher::marathon
