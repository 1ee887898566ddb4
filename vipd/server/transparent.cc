#include "vipd/server/transparent.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

#include "common/unique_fd.h"

namespace vipd {

using common::IpAddress;
using common::UniqueFd;

namespace {

bool set(int socket, int level, int option) {
  const int yes = 1;
  return setsockopt(socket, level, option, &yes, sizeof yes) == 0;
}

bool may_have_any_address(int socket, const IpAddress& ip) {
  return ip.is_v4() ? set(socket, IPPROTO_IP, IP_TRANSPARENT)
                    : set(socket, IPPROTO_IPV6, IPV6_TRANSPARENT);
}

}  // namespace

common::Expected<void> check_transparency() {
  const UniqueFd probe(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!probe) return common::fail_errno("cannot create a socket", errno);
  if (may_have_any_address(probe.get(), IpAddress::v4(0))) return {};
  return common::fail(common::ErrorCode::NotPermitted,
                      "vip.transparent: not permitted; run as root or grant CAP_NET_ADMIN (or "
                      "CAP_NET_RAW), or switch it off");
}

std::optional<int> appear_as(int socket, const IpAddress& client, const IpAddress& backend) {
  if (client.is_v4() != backend.is_v4()) return std::nullopt;
  if (client.is_loopback() && !backend.is_loopback()) return std::nullopt;
  sockaddr_storage storage;
  const socklen_t length = common::SocketAddress{client, 0}.to_sockaddr(storage);
  const bool done = may_have_any_address(socket, client) &&
                    set(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT) &&
                    bind(socket, reinterpret_cast<const sockaddr*>(&storage), length) == 0;
  return done ? std::nullopt : std::optional(errno);
}

}  // namespace vipd
