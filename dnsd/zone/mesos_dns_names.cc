#include "dnsd/zone/mesos_dns_names.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "dnsd/zone/mesos_dns_labels.h"
#include "dnsd/zone/reverse.h"
#include "dnsd/zone/weight.h"

namespace dnsd {
namespace {

using watcher::Protocol;
using watcher::Reach;
using watcher::Task;
using watcher::TaskPort;

constexpr std::array kProtocols{Protocol::Tcp, Protocol::Udp};

/// N of the header, without repetition.
std::vector<std::string> names_of(const Task& task, config::LabelRule rule) {
  if (task.discovery_name.empty()) return {mesos_label(task.name, rule)};
  std::string raw = task.discovery_name;
  std::transform(raw.begin(), raw.end(), raw.begin(), [](char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  std::string label = mesos_label(raw, rule);
  if (raw == label) return {label};
  return {raw, label};
}

/// Those of the first source that has any.
std::vector<common::IpAddress> addresses_of(const Task& task,
                                            std::span<const config::AddressSource> order) {
  for (const config::AddressSource source : order) {
    const bool own = source == config::AddressSource::Task;
    const auto& addresses = own ? task.addresses : task.agent_addresses;
    if (!addresses.empty()) return addresses;
  }
  return {};
}

std::string label_of(Protocol protocol) { return "_" + std::string(watcher::to_string(protocol)); }

/// The records of one task.
class TaskNames {
 public:
  TaskNames(const Task& task, const Name& domain, const Naming& naming, Contribution& out)
      : task_(task),
        domain_(domain),
        naming_(naming),
        health_(naming.health),
        out_(out),
        addresses_(addresses_of(task, naming.address_order)),
        framework_(mesos_domain_part(task.framework, naming.label_rule)),
        hash_(mesos_task_hash(task.key.id)),
        tail_(mesos_agent_tail(task.agent_id)) {}

  void add_all() {
    if (is_reserved_framework(framework_)) {
      out_.refuse(task_.framework, kReservedFramework);
      return;
    }
    for (const std::string& name : names_of(task_, naming_.label_rule)) add(name);
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
    for (std::size_t i = 0; i < task_.ports.size(); ++i) add_discovery_port("_" + name, i);
  }

  void add_addresses(const std::string& name) {
    const bool passing = health_.is_passing(task_);
    const auto& agent = task_.agent_addresses;
    const auto plain = out_.name({name, framework_}, domain_);
    out_.add_addresses(plain, addresses_, passing);
    out_.add_addresses(at_task_, addresses_, passing);
    if (is_label(name)) add_pointers(addresses_of_its_own(), plain, naming_, passing, out_);
    out_.add_addresses(out_.name({name, framework_, "slave"}, domain_), agent, passing);
    out_.add_addresses(at_agent_, agent, passing);
  }

  /// Of the names of one task, the one that reverse names lead to.
  static bool is_label(std::string_view name) { return name.find('.') == std::string_view::npos; }

  /// Those it doesn't share with its agent, whose they are.
  std::vector<common::IpAddress> addresses_of_its_own() const {
    std::vector<common::IpAddress> own;
    const auto& agent = task_.agent_addresses;
    std::copy_if(task_.addresses.begin(),
                 task_.addresses.end(),
                 std::back_inserter(own),
                 [&agent](const common::IpAddress& ip) {
                   return std::find(agent.begin(), agent.end(), ip) == agent.end();
                 });
    return own;
  }

  /// `_N._proto.F.D`, but for the one that is the framework's own.
  std::optional<Name> service_name(std::string_view service, std::string_view protocol) {
    if (service == "_framework" && protocol == "_tcp") {
      out_.refuse("_framework._tcp." + framework_,
                  "this is where the framework itself is found: rename the task");
      return std::nullopt;
    }
    return out_.name({service, protocol, framework_}, domain_);
  }

  void add_host_ports(const std::string& service, const std::string& label, Protocol protocol) {
    if (task_.host_ports.empty()) return;
    const auto slave = out_.name({service, label, framework_, "slave"}, domain_);
    const auto plain = task_.discovery_name.empty() ? service_name(service, label) : std::nullopt;
    for (const std::uint16_t number : task_.host_ports) {
      const Service told = service_of(described(number, protocol), number);
      add_srv(slave, at_agent_, told);
      add_srv(plain, at_agent_, told);
    }
  }

  /// A port held on the agent is judged as the discovery port it is, if it is one.
  std::optional<std::size_t> described(std::uint16_t host_port, Protocol protocol) const {
    for (std::size_t i = 0; i < task_.ports.size(); ++i) {
      const TaskPort& port = task_.ports[i];
      if (port.reach == Reach::Agent && port.port == host_port && port.protocol == protocol) {
        return i;
      }
    }
    return std::nullopt;
  }

  /// What an SRV record says, and whether it counts.
  struct Service {
    std::uint16_t port;
    std::uint16_t weight;
    bool passing;
    bool drains;
  };
  Service service_of(std::optional<std::size_t> index, std::uint16_t number) const {
    const bool passing =
        index ? health_.is_passing(task_, task_.ports[*index]) : health_.is_passing(task_);
    return {number, srv_weight(task_, index), passing, drains(task_, index)};
  }

  void add_discovery_port(const std::string& service, std::size_t index) {
    const TaskPort& port = task_.ports[index];
    const auto& target = is_open_on_agent_only(port) ? at_agent_ : at_task_;
    const Service told = service_of(index, port.port);
    const std::string protocol = label_of(port.protocol);
    add_srv(service_name(service, protocol), target, told);
    const std::string port_label = mesos_label(port.name, naming_.label_rule);
    if (port_label.empty()) return;
    const auto by_port_name = out_.name({"_" + port_label, service, protocol, framework_}, domain_);
    add_srv(by_port_name, target, told);
  }

  bool is_open_on_agent_only(const TaskPort& port) const {
    return port.reach == Reach::Agent && !task_.agent_addresses.empty() &&
           addresses_ != task_.agent_addresses;
  }

  void add_srv(const std::optional<Name>& owner,
               const std::optional<Name>& target,
               const Service& told) {
    if (!target) return;
    const auto rank = told.drains ? std::optional(Rank::Draining) : std::nullopt;
    out_.add(owner,
             RrType::Srv,
             srv_rdata({.weight = told.weight, .port = told.port, .target = *target}),
             told.passing,
             rank);
  }

  const Task& task_;
  const Name& domain_;
  const Naming& naming_;
  const HealthPolicy& health_;
  Contribution& out_;
  const std::vector<common::IpAddress> addresses_;
  const std::string framework_;
  const std::string hash_;
  const std::string tail_;
  std::optional<Name> at_task_;   // C.F.D of the name being added; none when it cannot be made.
  std::optional<Name> at_agent_;  // C.F.slave.D
};

}  // namespace

void add_mesos_dns_names(const Task& task,
                         const Name& domain,
                         const Naming& naming,
                         Contribution& out) {
  TaskNames(task, domain, naming, out).add_all();
}

}  // namespace dnsd
