#include "common/interfaces.h"

#include <ifaddrs.h>
#include <net/if.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>

namespace common {
namespace {

struct Freer {
  void operator()(ifaddrs* list) const { freeifaddrs(list); }
};

std::optional<IpAddress> address_of(const ifaddrs& interface) {
  if (interface.ifa_addr == nullptr || (interface.ifa_flags & IFF_UP) == 0) return std::nullopt;
  const int family = interface.ifa_addr->sa_family;
  if (family != AF_INET && family != AF_INET6) return std::nullopt;
  sockaddr_storage storage{};
  std::memcpy(
      &storage, interface.ifa_addr, family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
  return SocketAddress::from(storage).ip;
}

/// 169.254.0.0/16 or fe80::/10.
bool is_link_local(const IpAddress& ip) {
  const auto octets = ip.bytes();
  if (ip.is_v4()) return octets[0] == 169 && octets[1] == 254;
  return octets[0] == 0xfe && (octets[1] & 0xc0U) == 0x80;
}

}  // namespace

std::vector<IpAddress> interface_addresses() {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return {};
  const std::unique_ptr<ifaddrs, Freer> list(first);
  std::vector<IpAddress> addresses;
  for (const ifaddrs* interface = first; interface != nullptr; interface = interface->ifa_next) {
    const auto ip = address_of(*interface);
    if (ip && !ip->is_loopback() && !is_link_local(*ip)) addresses.push_back(*ip);
  }
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  return addresses;
}

}  // namespace common
