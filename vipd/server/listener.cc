#include "vipd/server/listener.h"

#include "vipd/server/tcp_socket.h"
#include "vipd/udp/udp_socket.h"

namespace vipd {

using common::IpAddress;
using common::MutexLock;
using common::SocketAddress;
using common::UniqueFd;
using watcher::Protocol;

SharedAddresses::SharedAddresses(std::span<const SocketAddress> others) {
  const MutexLock lock(mutex_);
  for (const SocketAddress& other : others) {
    if (!other.ip.is_unspecified()) continue;
    for (const Protocol protocol : {Protocol::Tcp, Protocol::Udp}) {
      ++shares_[{protocol, other.port, other.ip}];
    }
  }
}

/// Whether one of us is there, or at an address that stands for all, or the place does: the kernel
/// lets nobody be alone at one of these beside the other.
bool SharedAddresses::is_ours(const Shares& shares, const Place& place) {
  const auto is_there = [&](const IpAddress& ip) {
    return shares.contains({place.protocol, place.port, ip});
  };
  if (is_there(place.ip) || is_there(IpAddress::v4(0)) || is_there(IpAddress::v6({}))) return true;
  if (!place.ip.is_unspecified()) return false;
  const auto first = shares.lower_bound({place.protocol, place.port, IpAddress::v4(0)});
  return first != shares.end() && first->first.protocol == place.protocol &&
         first->first.port == place.port;
}

common::Expected<Listener> SharedAddresses::open(const SocketAddress& address, Protocol protocol) {
  const Place place{protocol, address.port, address.ip};
  const MutexLock lock(mutex_);
  const Binding how = is_ours(shares_, place) ? Binding::Joining : Binding::Alone;
  auto socket = protocol == Protocol::Udp ? bind_datagrams(address, how) : listen_on(address, how);
  if (!socket) return tl::unexpected(socket.error());
  ++shares_[place];
  return Listener(Share(this, {place}), std::move(*socket));
}

Listener SharedAddresses::adopt(const SocketAddress& address, Protocol protocol, UniqueFd socket) {
  return {hold(address, protocol), std::move(socket)};
}

SharedAddresses::Share SharedAddresses::hold(const SocketAddress& address, Protocol protocol) {
  const Place place{protocol, address.port, address.ip};
  const MutexLock lock(mutex_);
  ++shares_[place];
  return Share(this, {place});
}

void SharedAddresses::leave(const Place& place) {
  const MutexLock lock(mutex_);
  const auto shares = shares_.find(place);
  if (--shares->second == 0) shares_.erase(shares);
}

}  // namespace vipd
