#include "vipd/server/tcp_socket.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>

#include "vipd/server/transparent.h"

namespace vipd {

using common::ErrorCode;
using common::UniqueFd;

namespace {

constexpr int kKeepaliveInterval = 10;  // Seconds between probes,
constexpr int kKeepaliveProbes = 3;     // and how many are not answered by the dead.
constexpr int kBacklog = 4096;          // The kernel lowers it to net.core.somaxconn.

bool set_option(int fd, int level, int option, int value) {
  return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

UniqueFd stream_socket(const common::IpAddress& address) {
  const int family = address.is_v4() ? AF_INET : AF_INET6;
  return UniqueFd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

}  // namespace

tl::unexpected<common::Error> listen_error(int error) {
  switch (error) {
    case EACCES:
      return common::fail(ErrorCode::NotPermitted,
                          "permission denied; run as root, grant CAP_NET_BIND_SERVICE or lower "
                          "net.ipv4.ip_unprivileged_port_start");
    case EADDRINUSE:
      return common::fail(ErrorCode::Conflict,
                          "address in use, perhaps by another signpost; stop the program that "
                          "listens there, or give the VIP another port");
    case EADDRNOTAVAIL:
      return common::fail(ErrorCode::Unavailable,
                          "not an address of this host; add it to an interface, or let signpost "
                          "route vip.pool here (CAP_NET_ADMIN)");
    case EMFILE:
    case ENFILE:
      return common::fail(ErrorCode::Unavailable,
                          "too many open files; raise the limit (LimitNOFILE, ulimit -n)");
    default:
      return common::fail_errno("cannot listen", error);
  }
}

tl::expected<TcpSocket, int> TcpSocket::connect(const common::SocketAddress& to,
                                                const std::optional<common::IpAddress>& client) {
  UniqueFd fd = stream_socket(to.ip);
  if (!fd) return tl::unexpected(errno);
  if (client) {
    if (const auto error = appear_as(fd.get(), *client, to.ip)) return tl::unexpected(*error);
  }
  sockaddr_storage storage;
  const socklen_t length = to.to_sockaddr(storage);
  const int done = ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&storage), length);
  if (done != 0 && errno != EINPROGRESS) return tl::unexpected(errno);
  return TcpSocket(std::move(fd), false);
}

/// Calls that never wait are never interrupted: what is not EAGAIN is the end.
IoResult TcpSocket::failed() {
  unanswered_ = unanswered_ || errno == ETIMEDOUT;
  return {errno == EAGAIN ? IoStatus::Blocked : IoStatus::Broken};
}

void TcpSocket::keep_alive(std::chrono::milliseconds after) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(after);
  set_option(fd_.get(), IPPROTO_TCP, TCP_KEEPIDLE, static_cast<int>(seconds.count()));
  set_option(fd_.get(), IPPROTO_TCP, TCP_KEEPINTVL, kKeepaliveInterval);
  set_option(fd_.get(), IPPROTO_TCP, TCP_KEEPCNT, kKeepaliveProbes);
  set_option(fd_.get(), SOL_SOCKET, SO_KEEPALIVE, 1);
}

int TcpSocket::take_error() {
  int error = 0;
  socklen_t length = sizeof error;
  return getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

bool TcpSocket::has_bytes() const {
  char byte;
  return ::recv(fd_.get(), &byte, 1, MSG_PEEK) > 0;
}

IoResult TcpSocket::read(std::span<std::byte> room) {
  const ssize_t count = ::recv(fd_.get(), room.data(), room.size(), 0);
  if (count > 0) return {IoStatus::Ok, static_cast<std::size_t>(count)};
  return count == 0 ? IoResult{IoStatus::Ended} : failed();
}

IoResult TcpSocket::peek(std::span<std::byte> room) {
  const ssize_t count = ::recv(fd_.get(), room.data(), room.size(), MSG_PEEK);
  if (count > 0) return {IoStatus::Ok, static_cast<std::size_t>(count)};
  return count == 0 ? IoResult{IoStatus::Ended} : failed();
}

ProxiedAddresses TcpSocket::addresses() const {
  sockaddr_storage peer{}, own{};
  socklen_t peer_length = sizeof peer, own_length = sizeof own;
  getpeername(fd_.get(), reinterpret_cast<sockaddr*>(&peer), &peer_length);
  getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&own), &own_length);
  return {common::SocketAddress::from(peer), common::SocketAddress::from(own)};
}

/// Nagle never holds back the first write, as nothing is in flight before it; many sessions have
/// no second one.
void TcpSocket::begin_write() {
  if (written_ && !no_delay_) no_delay_ = set_option(fd_.get(), IPPROTO_TCP, TCP_NODELAY, 1);
}

IoResult TcpSocket::write(std::span<const std::byte> bytes) {
  begin_write();
  const ssize_t count = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (count < 0) return failed();
  written_ = true;
  return {IoStatus::Ok, static_cast<std::size_t>(count)};
}

IoResult TcpSocket::read_into(Pipe& pipe) {
  const ssize_t count = pipe.fill_from(fd_.get());
  if (count > 0) return {IoStatus::Ok, static_cast<std::size_t>(count)};
  return count == 0 ? IoResult{IoStatus::Ended} : failed();
}

IoResult TcpSocket::write_from(Pipe& pipe) {
  begin_write();
  const ssize_t count = pipe.empty_to(fd_.get());
  if (count == 0) return {IoStatus::Broken};  // It holds bytes, so this cannot be; nor be repeated.
  if (count < 0) return failed();
  written_ = true;
  return {IoStatus::Ok, static_cast<std::size_t>(count)};
}

IoStatus TcpSocket::shutdown_write() {
  return ::shutdown(fd_.get(), SHUT_WR) == 0 ? IoStatus::Ok : IoStatus::Broken;
}

void TcpSocket::reset_on_close() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  if (fd_) setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

/// Two who bind alone at the same time are told apart by listen(), and not before.
common::Expected<UniqueFd> listen_on(const common::SocketAddress& address, Binding how) {
  UniqueFd fd = stream_socket(address.ip);
  if (!fd) return listen_error(errno);
  sockaddr_storage storage;
  const socklen_t length = address.to_sockaddr(storage);
  const auto share = [&] { return set_option(fd.get(), SOL_SOCKET, SO_REUSEPORT, 1); };
  const bool listening = set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1) &&
                         set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1) &&
                         (how == Binding::Alone || share()) &&
                         bind(fd.get(), reinterpret_cast<const sockaddr*>(&storage), length) == 0 &&
                         listen(fd.get(), kBacklog) == 0 && share();
  if (!listening) return listen_error(errno);
  return fd;
}

void reset(UniqueFd accepted) { TcpSocket::accepted(std::move(accepted)).reset_on_close(); }

}  // namespace vipd
