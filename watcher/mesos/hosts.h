#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/ip.h"

namespace watcher::mesos {

/// Addresses of the hosts that Mesos names, some by address, some by name.
class Hosts {
 public:
  /// Empty while they are not known; asking for a new name makes it wanted.
  const std::vector<common::IpAddress>& addresses_of(const std::string& host);
  /// False when that changes nothing.
  bool resolve(const std::string& host, const std::vector<common::IpAddress>& addresses);

  std::vector<std::string> take_wanted();  // Each once.
  bool contains(const std::string& host) const { return hosts_.contains(host); }
  void keep_only(const std::set<std::string_view>& hosts);

 private:
  std::map<std::string, std::vector<common::IpAddress>, std::less<>> hosts_;
  std::vector<std::string> wanted_;
};

}  // namespace watcher::mesos
