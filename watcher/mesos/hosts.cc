#include "watcher/mesos/hosts.h"

#include <utility>

namespace watcher::mesos {

const std::vector<common::IpAddress>& Hosts::addresses_of(const std::string& host) {
  const auto [found, fresh] = hosts_.try_emplace(host);
  if (!fresh) return found->second;
  if (const auto address = common::IpAddress::parse(host)) {
    found->second = {*address};
  } else if (!host.empty()) {
    wanted_.push_back(host);
  }
  return found->second;
}

bool Hosts::resolve(const std::string& host, const std::vector<common::IpAddress>& addresses) {
  const auto found = hosts_.find(host);
  if (found == hosts_.end() || found->second == addresses) return false;
  found->second = addresses;
  return true;
}

std::vector<std::string> Hosts::take_wanted() { return std::exchange(wanted_, {}); }

void Hosts::keep_only(const std::set<std::string_view>& hosts) {
  std::erase_if(hosts_, [&](const auto& entry) { return !hosts.contains(entry.first); });
}

}  // namespace watcher::mesos
