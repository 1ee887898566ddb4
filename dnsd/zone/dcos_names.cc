#include "dnsd/zone/dcos_names.h"

#include <algorithm>

#include "dnsd/zone/reverse.h"
#include "watcher/vips/dcos_names.h"

namespace dnsd {
namespace {

using watcher::Reach;
using watcher::Task;
using watcher::TaskPort;

const common::IpAddress kLoopback = common::IpAddress::v4(0x7f000001);

const std::vector<common::IpAddress>& reachable_addresses(const Task& task) {
  const auto on_agent = [](const TaskPort& port) { return port.reach == Reach::Agent; };
  const bool has_agent_port = std::any_of(task.ports.begin(), task.ports.end(), on_agent);
  return has_agent_port || task.addresses.empty() ? task.agent_addresses : task.addresses;
}

void add_addresses(const Task& task,
                   const std::vector<common::IpAddress>& addresses,
                   const Name& domain,
                   const Naming& naming,
                   Contribution& out) {
  if (addresses.empty()) return;
  const std::string name =
      watcher::dcos_label(task.discovery_name.empty() ? task.name : task.discovery_name);
  const std::string framework = watcher::dcos_label(task.framework);
  out.add_addresses(out.name({name, framework}, domain), addresses, naming.health.is_passing(task));
}

}  // namespace

void add_agentip_name(const Task& task,
                      const Name& domain,
                      const Naming& naming,
                      Contribution& out) {
  add_addresses(task, task.agent_addresses, domain, naming, out);
}

void add_containerip_name(const Task& task,
                          const Name& domain,
                          const Naming& naming,
                          Contribution& out) {
  add_addresses(task, task.addresses, domain, naming, out);
}

void add_autoip_name(const Task& task,
                     const Name& domain,
                     const Naming& naming,
                     Contribution& out) {
  add_addresses(task, reachable_addresses(task), domain, naming, out);
}

void add_l4lb_name(const watcher::Vip& vip,
                   const Name& domain,
                   const Naming& naming,
                   Contribution& out) {
  if (vip.kind != watcher::VipKind::Named) return;
  const auto owner = out.name({vip.id.name}, domain);
  out.add_addresses(owner, {vip.address}, true);
  add_pointers({vip.address}, owner, naming, true, out);
}

void add_thisnode_name(const Name& domain, const Naming& naming, Contribution& out) {
  out.add_addresses(domain, naming.own_addresses, true);
}

void add_spartan_names(const Name& domain, const Naming& naming, Contribution& out) {
  out.add_addresses(out.name({"ready"}, domain), {kLoopback}, true);
  out.add_addresses(out.name({"ns"}, domain), naming.own_addresses, true);
}

void add_localhost_name(const Name& domain, const Naming&, Contribution& out) {
  out.add_addresses(domain, {kLoopback, *common::IpAddress::parse("::1")}, true);
}

}  // namespace dnsd
