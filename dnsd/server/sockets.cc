#include "dnsd/server/sockets.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "common/log.h"

namespace dnsd {
namespace {

using common::Expected;
using common::SocketAddress;
using common::UniqueFd;

// About 3 ms of queries at 400 000 a second. Not more: in overload it is better to drop a query
// than to answer one whose client has given up.
constexpr int kReceiveBuffer = 1 << 20;
constexpr int kSendBuffer = 1 << 20;
constexpr int kBacklog = 1024;
constexpr int kPortTries = 32;

enum class Sharing : bool { No, Yes };

void set_option(const UniqueFd& socket, int level, int name, int value) {
  if (setsockopt(socket.get(), level, name, &value, sizeof value) != 0) {
    common::log::debug("dns socket option refused level={} name={} error=\"{}\"",
                       level,
                       name,
                       std::generic_category().message(errno));
  }
}

/// The options that say where to listen.
constexpr std::string_view kListen = "dns.listen";
constexpr std::string_view kTlsListen = "dns.tls_listen";

tl::unexpected<common::Error> cannot_listen(const SocketAddress& address,
                                            int type,
                                            std::string_view option,
                                            int error_number) {
  const auto fail = [&](common::ErrorCode code, const std::string& why) {
    return common::fail(code,
                        fmt::format("cannot listen on {} ({}): {}",
                                    address.to_string(),
                                    type == SOCK_DGRAM ? "UDP" : "TCP",
                                    why));
  };
  switch (error_number) {
    case EACCES:
    case EPERM:
      return fail(
          common::ErrorCode::NotPermitted,
          fmt::format("permission denied; change {}, or grant CAP_NET_BIND_SERVICE", option));
    case EADDRINUSE:
      return fail(common::ErrorCode::Conflict,
                  fmt::format("address already in use; change {}", option));
    case EADDRNOTAVAIL:
      return fail(common::ErrorCode::NotFound,
                  fmt::format("this host has no such address; change {}", option));
    default:
      return fail(common::ErrorCode::Unavailable, std::generic_category().message(error_number));
  }
}

void set_udp_options(const UniqueFd& socket, const SocketAddress& address) {
  set_option(socket, SOL_SOCKET, SO_RCVBUF, kReceiveBuffer);
  set_option(socket, SOL_SOCKET, SO_RCVBUFFORCE, kReceiveBuffer);  // Past rmem_max, if we may.
  set_option(socket, SOL_SOCKET, SO_SNDBUF, kSendBuffer);
  if (!address.ip.is_unspecified()) return;
  // Tells which address a query came to, so that the answer leaves from there.
  if (address.ip.is_v4()) {
    set_option(socket, IPPROTO_IP, IP_PKTINFO, 1);
  } else {
    set_option(socket, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
  }
}

void set_tcp_options(const UniqueFd& socket) {
  set_option(socket, SOL_SOCKET, SO_REUSEADDR, 1);  // A restart must not wait for TIME_WAIT.
  set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);  // Accepted sockets inherit it.
}

Expected<UniqueFd> open_socket(const SocketAddress& address,
                               int type,
                               Sharing sharing,
                               std::string_view option = kListen) {
  const int family = address.ip.is_v4() ? AF_INET : AF_INET6;
  UniqueFd opened(socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!opened) return cannot_listen(address, type, option, errno);
  // "[::]" and "0.0.0.0" are two addresses, and one host may list both.
  if (family == AF_INET6) set_option(opened, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  if (type == SOCK_DGRAM) set_udp_options(opened, address);
  if (type == SOCK_STREAM) set_tcp_options(opened);
  if (sharing == Sharing::Yes) set_option(opened, SOL_SOCKET, SO_REUSEPORT, 1);
  sockaddr_storage storage{};
  const socklen_t length = address.to_sockaddr(storage);
  if (bind(opened.get(), reinterpret_cast<const sockaddr*>(&storage), length) != 0 ||
      (type == SOCK_STREAM && listen(opened.get(), kBacklog) != 0)) {
    return cannot_listen(address, type, option, errno);
  }
  return opened;
}

SocketAddress local_address(const UniqueFd& socket) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  getsockname(socket.get(), reinterpret_cast<sockaddr*>(&storage), &length);
  return SocketAddress::from(storage);
}

Expected<SocketPair> open_pair(const SocketAddress& address, Sharing sharing) {
  auto udp = open_socket(address, SOCK_DGRAM, sharing);
  if (!udp) return tl::unexpected(udp.error());
  auto tcp = open_socket(local_address(*udp), SOCK_STREAM, sharing);
  if (!tcp) return tl::unexpected(tcp.error());
  return SocketPair{std::move(*udp), std::move(*tcp)};
}

/// The first pair is bound alone and only later shared: a port that another process of this user
/// shares would otherwise be joined unnoticed, and half of its queries taken.
Expected<SocketPair> open_first(const SocketAddress& address) {
  auto pair = open_pair(address, Sharing::No);
  for (int i = 1; i < kPortTries && !pair && address.port == 0; ++i) {
    pair = open_pair(address, Sharing::No);  // The port was free over UDP only; take another.
  }
  return pair;
}

/// Lets the kernel choose a worker at random for each datagram. Its own choice, a hash of the
/// addresses, gives all queries of a client with one port to one worker.
void spread_at_random(const UniqueFd& socket, std::size_t workers) {
  std::array<sock_filter, 3> program{{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_RANDOM)),
      BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, static_cast<std::uint32_t>(workers)),
      BPF_STMT(BPF_RET | BPF_A, 0),
  }};
  const sock_fprog filter{program.size(), program.data()};
  if (setsockopt(socket.get(), SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &filter, sizeof filter) != 0) {
    common::log::debug("dns workers are chosen by address hash error=\"{}\"",
                       std::generic_category().message(errno));
  }
}

}  // namespace

Expected<Listening> listen_on(const SocketAddress& address, std::size_t workers) {
  auto first = open_first(address);
  if (!first) return tl::unexpected(first.error());
  Listening listening{local_address(first->udp), {}};
  listening.workers.push_back(std::move(*first));
  if (workers == 1) return listening;
  set_option(listening.workers.front().udp, SOL_SOCKET, SO_REUSEPORT, 1);
  set_option(listening.workers.front().tcp, SOL_SOCKET, SO_REUSEPORT, 1);
  while (listening.workers.size() < workers) {
    auto next = open_pair(listening.address, Sharing::Yes);
    if (!next) return tl::unexpected(next.error());
    listening.workers.push_back(std::move(*next));
  }
  spread_at_random(listening.workers.front().udp, workers);
  return listening;
}

Expected<Listening> listen_for_tls(const SocketAddress& address, std::size_t workers) {
  auto first = open_socket(address, SOCK_STREAM, Sharing::No, kTlsListen);
  if (!first) return tl::unexpected(first.error());
  Listening listening{local_address(*first), {}};
  listening.workers.push_back({{}, std::move(*first)});
  if (workers > 1) set_option(listening.workers.front().tcp, SOL_SOCKET, SO_REUSEPORT, 1);
  while (listening.workers.size() < workers) {
    auto next = open_socket(listening.address, SOCK_STREAM, Sharing::Yes, kTlsListen);
    if (!next) return tl::unexpected(next.error());
    listening.workers.push_back({{}, std::move(*next)});
  }
  return listening;
}

namespace {

Expected<UniqueFd> duplicate(const UniqueFd& socket) {
  if (!socket) return UniqueFd();
  UniqueFd same(fcntl(socket.get(), F_DUPFD_CLOEXEC, 0));
  if (!same) return common::fail_errno("cannot take over a socket", errno);
  return same;
}

Expected<SocketPair> duplicate(const SocketPair& pair) {
  auto udp = duplicate(pair.udp);
  auto tcp = duplicate(pair.tcp);
  if (!udp) return tl::unexpected(udp.error());
  if (!tcp) return tl::unexpected(tcp.error());
  return SocketPair{std::move(*udp), std::move(*tcp)};
}

Expected<SocketPair> open_more(const MovedListening& moved) {
  const SocketAddress& address = moved.listening.address;
  if (!moved.tls) return open_pair(address, Sharing::Yes);
  auto tcp = open_socket(address, SOCK_STREAM, Sharing::Yes, kTlsListen);
  if (!tcp) return tl::unexpected(tcp.error());
  return SocketPair{{}, std::move(*tcp)};
}

void share(const SocketPair& pair) {
  if (pair.udp) set_option(pair.udp, SOL_SOCKET, SO_REUSEPORT, 1);
  set_option(pair.tcp, SOL_SOCKET, SO_REUSEPORT, 1);
}

}  // namespace

Expected<Listening> listen_with(const MovedListening& moved, std::size_t workers) {
  Listening listening{moved.listening.address, {}};
  const std::size_t known = moved.listening.workers.size();
  for (std::size_t i = 0; i < workers; ++i) {
    if (i == 1 && known == 1) share(listening.workers.front());
    auto pair = i < known ? duplicate(moved.listening.workers[i]) : open_more(moved);
    if (!pair) return tl::unexpected(pair.error());
    listening.workers.push_back(std::move(*pair));
  }
  if (workers > known && !moved.tls) spread_at_random(listening.workers.front().udp, workers);
  return listening;
}

}  // namespace dnsd
