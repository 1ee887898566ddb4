#include "minimarathon/ports.h"

#include <sys/socket.h>

#include "common/unique_fd.h"

namespace minimarathon {
namespace {

bool can_bind(int type, const common::SocketAddress& address, int reuse_address) {
  sockaddr_storage storage;
  const socklen_t length = address.to_sockaddr(storage);
  const common::UniqueFd socket(::socket(storage.ss_family, type | SOCK_CLOEXEC, 0));
  if (!socket) return false;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &reuse_address, sizeof reuse_address);
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
  const auto forgotten = take_next(agent, is_forgotten);
  return forgotten ? forgotten : take_next(agent, is_free);
}

std::optional<std::uint16_t> PortPool::take_next(const common::IpAddress& agent, Condition* holds) {
  for (int tries = last_ - first_; tries >= 0; --tries) {
    const std::uint16_t port = next_;
    next_ = next_ == last_ ? first_ : static_cast<std::uint16_t>(next_ + 1);
    if (take_if(agent, port, holds)) return port;
  }
  return std::nullopt;
}

bool PortPool::take(const common::IpAddress& agent, std::uint16_t port) {
  return take_if(agent, port, is_free);
}

bool PortPool::take_if(const common::IpAddress& agent, std::uint16_t port, Condition* holds) {
  if (taken_.contains({agent, port}) || !holds({agent, port})) return false;
  taken_.emplace(agent, port);
  return true;
}

void PortPool::give_back(const common::IpAddress& agent, std::uint16_t port) {
  taken_.erase({agent, port});
}

}  // namespace minimarathon
