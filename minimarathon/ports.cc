#include "minimarathon/ports.h"

#include <sys/socket.h>

#include "common/unique_fd.h"

namespace minimarathon {
namespace {

bool can_bind(int type, const common::SocketAddress& address) {
  sockaddr_storage storage;
  const socklen_t length = address.to_sockaddr(storage);
  const common::UniqueFd socket(::socket(storage.ss_family, type | SOCK_CLOEXEC, 0));
  if (!socket) return false;
  // Like most servers; without it, connections in TIME_WAIT would block a TCP port for a minute.
  // On UDP it would let two sockets share the port, and prove nothing.
  const int reuse = type == SOCK_STREAM ? 1 : 0;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
  return ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&storage), length) == 0;
}

bool is_free(const common::SocketAddress& address) {
  return can_bind(SOCK_STREAM, address) && can_bind(SOCK_DGRAM, address);
}

}  // namespace

std::optional<std::uint16_t> PortPool::take(const common::IpAddress& agent) {
  for (int tries = last_ - first_; tries >= 0; --tries) {
    const std::uint16_t port = next_;
    next_ = next_ == last_ ? first_ : static_cast<std::uint16_t>(next_ + 1);
    if (take(agent, port)) return port;
  }
  return std::nullopt;
}

bool PortPool::take(const common::IpAddress& agent, std::uint16_t port) {
  if (taken_.contains({agent, port}) || !is_free({agent, port})) return false;
  taken_.emplace(agent, port);
  return true;
}

void PortPool::give_back(const common::IpAddress& agent, std::uint16_t port) {
  taken_.erase({agent, port});
}

}  // namespace minimarathon
