#include "common/interfaces.h"

#include <ifaddrs.h>
#include <net/if.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>

namespace common {
namespace {

struct Freer {
  void operator()(ifaddrs* list) const { freeifaddrs(list); }
};

std::optional<IpAddress> read(const sockaddr* address) {
  if (address == nullptr) return std::nullopt;
  const int family = address->sa_family;
  if (family != AF_INET && family != AF_INET6) return std::nullopt;
  sockaddr_storage storage{};
  std::memcpy(&storage, address, family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
  return SocketAddress::from(storage).ip;
}

/// 169.254.0.0/16 or fe80::/10.
bool is_link_local(const IpAddress& ip) {
  const auto octets = ip.bytes();
  if (ip.is_v4()) return octets[0] == 169 && octets[1] == 254;
  return octets[0] == 0xfe && (octets[1] & 0xc0U) == 0x80;
}

/// An interface without a mask (a point-to-point one may have none) is in no network but its own.
IpPrefix network_of(const IpAddress& ip, const ifaddrs& interface) {
  const auto mask = read(interface.ifa_netmask);
  int length = 0;
  for (const std::uint8_t octet : (mask ? *mask : ip).bytes()) length += std::popcount(octet);
  return IpPrefix::around(ip, mask ? length : static_cast<int>(ip.bytes().size()) * 8);
}

}  // namespace

std::vector<InterfaceNetwork> interface_networks() {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return {};
  const std::unique_ptr<ifaddrs, Freer> list(first);
  std::vector<InterfaceNetwork> networks;
  for (const ifaddrs* interface = first; interface != nullptr; interface = interface->ifa_next) {
    const auto ip = read(interface->ifa_addr);
    if ((interface->ifa_flags & IFF_UP) == 0 || !ip || ip->is_loopback() || is_link_local(*ip)) {
      continue;
    }
    networks.push_back({*ip, network_of(*ip, *interface)});
  }
  std::sort(networks.begin(), networks.end());
  return networks;
}

std::vector<IpAddress> interface_addresses() {
  std::vector<IpAddress> addresses;
  for (const InterfaceNetwork& network : interface_networks()) addresses.push_back(network.own);
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  return addresses;
}

}  // namespace common
