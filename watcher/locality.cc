#include "watcher/locality.h"

#include <algorithm>

namespace watcher {
namespace {

bool share_any(const std::vector<IpAddress>& some, const std::vector<IpAddress>& others) {
  return std::find_first_of(some.begin(), some.end(), others.begin(), others.end()) != some.end();
}

bool is_in_zone_of(const Task& task, const config::Node& host) {
  if (host.zone.empty() || *task.zone != host.zone) return false;
  return host.region.empty() || *task.region == host.region;
}

}  // namespace

Nearness nearness(const Task& task, const config::Node& host) {
  if (share_any(task.agent_addresses, host.addresses)) return Nearness::Agent;
  return is_in_zone_of(task, host) ? Nearness::Zone : Nearness::Elsewhere;
}

Nearness preference(const Task& task, const config::Node& host, config::PreferLocal preferred) {
  if (preferred == config::PreferLocal::Off) return Nearness::Elsewhere;
  const Nearness near = nearness(task, host);
  if (preferred == config::PreferLocal::Zone && near == Nearness::Agent) return Nearness::Zone;
  return near;
}

}  // namespace watcher
