#include "minimarathon/ports.h"

#include <sys/socket.h>

#include "common/unique_fd.h"

namespace minimarathon {
namespace {

bool can_bind(int type, const common::SocketAddress& address, int reuse) {
  sockaddr_storage storage;
  const socklen_t length = address.to_sockaddr(storage);
  const common::UniqueFd socket(::socket(storage.ss_family, type | SOCK_CLOEXEC, 0));
  if (!socket) return false;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
  return ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&storage), length) == 0;
}

/// Nobody listens there; connections of who did may live on. On UDP the option would let two
/// sockets share the port, and prove nothing.
bool is_free(const common::SocketAddress& address) {
  return can_bind(SOCK_STREAM, address, 1) && can_bind(SOCK_DGRAM, address, 0);
}

/// Nor is there a connection, not even in TIME_WAIT, which lasts a minute.
bool is_forgotten(const common::SocketAddress& address) {
  return can_bind(SOCK_STREAM, address, 0) && can_bind(SOCK_DGRAM, address, 0);
}

}  // namespace

std::optional<std::uint16_t> PortPool::take(const common::IpAddress& agent) {
  const auto quiet = next_of(agent, is_forgotten);
  return quiet ? quiet : next_of(agent, is_free);
}

std::optional<std::uint16_t> PortPool::next_of(const common::IpAddress& agent, IsFree* is_free) {
  for (int tries = last_ - first_; tries >= 0; --tries) {
    const std::uint16_t port = next_;
    next_ = next_ == last_ ? first_ : static_cast<std::uint16_t>(next_ + 1);
    if (taken_.contains({agent, port}) || !is_free({agent, port})) continue;
    taken_.emplace(agent, port);
    return port;
  }
  return std::nullopt;
}

bool PortPool::take(const common::IpAddress& agent, std::uint16_t port) {
  return !taken_.contains({agent, port}) && is_free({agent, port}) &&
         taken_.emplace(agent, port).second;
}

void PortPool::give_back(const common::IpAddress& agent, std::uint16_t port) {
  taken_.erase({agent, port});
}

}  // namespace minimarathon
