#include "watcher/vips/host_networks.h"

#include <algorithm>

namespace watcher {

std::optional<std::string> belongs_to_others(const IpAddress& address, const VipRules& rules) {
  const auto& networks = rules.networks;
  const auto holds = [&](const auto& place) { return place.network.contains(address); };
  const auto within = std::find_if(networks.begin(), networks.end(), holds);
  const auto is_own = [&](const auto& place) { return place.own == address; };
  if (within == networks.end() || rules.pool.contains(address) ||
      std::any_of(networks.begin(), networks.end(), is_own)) {
    return std::nullopt;
  }
  return "inside " + within->network.to_string() + ", a network of this host (" +
         within->own.to_string() +
         "), where it belongs to another host; take an address outside, or a name; "
         "vip.host_network_addresses allows it";
}

}  // namespace watcher
