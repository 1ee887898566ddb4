#include "dnsd/zone/dcos_names.h"

#include <algorithm>

#include "watcher/vips/dcos_names.h"

namespace dnsd {
namespace {

using watcher::Reach;
using watcher::Task;
using watcher::TaskPort;

const std::vector<common::IpAddress>& reachable_addresses(const Task& task) {
  const auto on_agent = [](const TaskPort& port) { return port.reach == Reach::Agent; };
  const bool has_agent_port = std::any_of(task.ports.begin(), task.ports.end(), on_agent);
  return has_agent_port || task.addresses.empty() ? task.agent_addresses : task.addresses;
}

}  // namespace

void add_dcos_task_names(const Task& task,
                         const Name& domain,
                         const HealthPolicy& health,
                         Contribution& out) {
  const std::string name =
      watcher::dcos_label(task.discovery_name.empty() ? task.name : task.discovery_name);
  const std::string framework = watcher::dcos_label(task.framework);
  const bool passing = health.is_passing(task);
  const auto add = [&](std::string_view kind, const std::vector<common::IpAddress>& addresses) {
    if (addresses.empty()) return;
    out.add_addresses(out.name({name, framework, kind, "dcos"}, domain), addresses, passing);
  };
  add("agentip", task.agent_addresses);
  add("containerip", task.addresses);
  add("autoip", reachable_addresses(task));
}

void add_l4lb_name(const watcher::Vip& vip, const Name& domain, Contribution& out) {
  if (vip.kind != watcher::VipKind::Named) return;
  out.add_addresses(out.name({vip.id.name, "l4lb"}, domain), {vip.address}, true);
}

}  // namespace dnsd
