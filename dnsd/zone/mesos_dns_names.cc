#include "dnsd/zone/mesos_dns_names.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "dnsd/zone/mesos_dns_labels.h"

namespace dnsd {
namespace {

using watcher::Protocol;
using watcher::Reach;
using watcher::Task;
using watcher::TaskPort;

constexpr std::array kProtocols{Protocol::Tcp, Protocol::Udp};

/// Labels directly under the domain that are not frameworks: "leader", "master", "master2", ...
bool is_reserved(std::string_view label) {
  if (label == "leader" || label == "slave" || label == "ns1") return true;
  if (!label.starts_with("master")) return false;
  return label.find_first_not_of("0123456789", 6) == std::string_view::npos;
}

std::string_view last_label(std::string_view dotted) {
  return dotted.substr(dotted.rfind('.') + 1);
}

/// N of the header, without repetition.
std::vector<std::string> names_of(const Task& task) {
  if (task.discovery_name.empty()) return {mesos_label(task.name)};
  std::string raw = task.discovery_name;
  std::transform(raw.begin(), raw.end(), raw.begin(), [](char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  std::string label = mesos_label(raw);
  if (raw == label) return {label};
  return {raw, label};
}

/// The reference falls back to the agent when no source tells the task's own address.
const std::vector<common::IpAddress>& addresses_of(const Task& task) {
  return task.addresses.empty() ? task.agent_addresses : task.addresses;
}

std::string label_of(Protocol protocol) { return "_" + std::string(watcher::to_string(protocol)); }

/// The records of one task.
class TaskNames {
 public:
  TaskNames(const Task& task, const Name& domain, const HealthPolicy& health, Contribution& out)
      : task_(task),
        domain_(domain),
        health_(health),
        out_(out),
        framework_(mesos_domain_part(task.framework)),
        hash_(mesos_task_hash(task.key.id)),
        tail_(mesos_agent_tail(task.agent_id)) {}

  void add_all() {
    if (framework_.empty() || is_reserved(last_label(framework_))) {
      out_.refuse(task_.framework,
                  "this framework name is empty or reserved in the domain: rename the framework");
      return;
    }
    for (const std::string& name : names_of(task_)) add(name);
  }

 private:
  void add(const std::string& name) {
    if (name.empty()) {
      out_.refuse(task_.name, "no letter or digit to make a name of: rename the task");
      return;
    }
    const std::string canonical = mesos_canonical_part(name, hash_, tail_);
    at_task_ = out_.name({canonical, framework_}, domain_);
    at_agent_ = out_.name({canonical, framework_, "slave"}, domain_);
    add_addresses(name);
    for (const Protocol protocol : kProtocols)
      add_host_ports("_" + name, label_of(protocol), protocol);
    if (task_.discovery_name.empty()) return;
    for (const TaskPort& port : task_.ports) add_discovery_port("_" + name, port);
  }

  void add_addresses(const std::string& name) {
    const bool passing = health_.is_passing(task_);
    const auto& own = addresses_of(task_);
    const auto& agent = task_.agent_addresses;
    out_.add_addresses(out_.name({name, framework_}, domain_), own, passing);
    out_.add_addresses(at_task_, own, passing);
    out_.add_addresses(out_.name({name, framework_, "slave"}, domain_), agent, passing);
    out_.add_addresses(at_agent_, agent, passing);
  }

  void add_host_ports(const std::string& service, const std::string& label, Protocol protocol) {
    if (task_.host_ports.empty()) return;
    const auto slave = out_.name({service, label, framework_, "slave"}, domain_);
    const auto plain = task_.discovery_name.empty()
                           ? out_.name({service, label, framework_}, domain_)
                           : std::nullopt;
    for (const std::uint16_t port : task_.host_ports) {
      const bool passing = is_passing(port, protocol);
      add_srv(slave, at_agent_, port, passing);
      add_srv(plain, at_agent_, port, passing);
    }
  }

  /// A port held on the agent is judged as the discovery port it is, if it is one.
  bool is_passing(std::uint16_t host_port, Protocol protocol) const {
    for (const TaskPort& port : task_.ports) {
      if (port.reach == Reach::Agent && port.port == host_port && port.protocol == protocol) {
        return health_.is_passing(task_, port);
      }
    }
    return health_.is_passing(task_);
  }

  void add_discovery_port(const std::string& service, const TaskPort& port) {
    const auto& target = is_open_on_agent_only(port) ? at_agent_ : at_task_;
    const bool passing = health_.is_passing(task_, port);
    const std::string protocol = label_of(port.protocol);
    add_srv(out_.name({service, protocol, framework_}, domain_), target, port.port, passing);
    const std::string port_label = mesos_label(port.name);
    if (port_label.empty()) return;
    const auto by_port_name = out_.name({"_" + port_label, service, protocol, framework_}, domain_);
    add_srv(by_port_name, target, port.port, passing);
  }

  bool is_open_on_agent_only(const TaskPort& port) const {
    return port.reach == Reach::Agent && !task_.agent_addresses.empty() &&
           addresses_of(task_) != task_.agent_addresses;
  }

  void add_srv(const std::optional<Name>& owner,
               const std::optional<Name>& target,
               std::uint16_t port,
               bool passing) {
    if (target) out_.add(owner, RrType::Srv, srv_rdata({.port = port, .target = *target}), passing);
  }

  const Task& task_;
  const Name& domain_;
  const HealthPolicy& health_;
  Contribution& out_;
  const std::string framework_;
  const std::string hash_;
  const std::string tail_;
  std::optional<Name> at_task_;   // C.F.D of the name being added; none when it cannot be made.
  std::optional<Name> at_agent_;  // C.F.slave.D
};

}  // namespace

void add_mesos_dns_names(const Task& task,
                         const Name& domain,
                         const HealthPolicy& health,
                         Contribution& out) {
  TaskNames(task, domain, health, out).add_all();
}

}  // namespace dnsd
