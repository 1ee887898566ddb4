#include "minimarathon/serve/sockets.h"

#include <sys/socket.h>

#include <cerrno>

namespace minimarathon::serve {

using common::UniqueFd;

common::Expected<UniqueFd> bind_socket(const Listen& listen) {
  const bool is_tcp = listen.transport == Transport::Tcp;
  sockaddr_storage storage;
  const socklen_t length = listen.address.to_sockaddr(storage);
  UniqueFd socket(
      ::socket(storage.ss_family, (is_tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0));
  const int reuse = is_tcp ? 1 : 0;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&storage), length) != 0) {
    return common::fail_errno("cannot bind " + listen.to_string(), errno);
  }
  return socket;
}

bool is_ipv6(const UniqueFd& socket) {
  int domain = AF_INET;
  socklen_t length = sizeof domain;
  ::getsockopt(socket.get(), SOL_SOCKET, SO_DOMAIN, &domain, &length);
  return domain == AF_INET6;
}

}  // namespace minimarathon::serve
