#include "vipd/udp/udp_socket.h"

#include <cerrno>

#include "vipd/server/tcp_socket.h"
#include "vipd/server/transparent.h"

namespace vipd {

using common::UniqueFd;

namespace {

UniqueFd datagram_socket(const common::IpAddress& address) {
  const int family = address.is_v4() ? AF_INET : AF_INET6;
  return UniqueFd(::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

bool is_bound(const UniqueFd& fd, const common::SocketAddress& address) {
  const int yes = 1;
  sockaddr_storage storage;
  const socklen_t length = address.to_sockaddr(storage);
  return setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes) == 0 &&
         bind(fd.get(), reinterpret_cast<const sockaddr*>(&storage), length) == 0;
}

}  // namespace

common::Expected<UniqueFd> bind_datagrams(const common::SocketAddress& address) {
  UniqueFd fd = datagram_socket(address.ip);
  if (!fd || !is_bound(fd, address)) return listen_error(errno);
  return fd;
}

tl::expected<UniqueFd, int> connect_datagrams(const common::SocketAddress& to,
                                              const std::optional<common::IpAddress>& client) {
  UniqueFd fd = datagram_socket(to.ip);
  if (!fd) return tl::unexpected(errno);
  if (client) {
    if (const auto error = appear_as(fd.get(), *client, to.ip)) return tl::unexpected(*error);
  }
  sockaddr_storage storage;
  const socklen_t length = to.to_sockaddr(storage);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&storage), length) != 0)
    return tl::unexpected(errno);
  return fd;
}

Datagrams::Datagrams() : bytes_(std::make_unique_for_overwrite<std::byte[]>(kBatch * kMaxBytes)) {
  for (std::size_t i = 0; i < kBatch; ++i) {
    parts_[i] = {bytes_.get() + i * kMaxBytes, kMaxBytes};
    messages_[i].msg_hdr.msg_iov = &parts_[i];
    messages_[i].msg_hdr.msg_iovlen = 1;
    messages_[i].msg_hdr.msg_name = &from_[i];
    outgoing_[i].msg_hdr.msg_iov = &outgoing_parts_[i];
    outgoing_[i].msg_hdr.msg_iovlen = 1;
  }
}

int Datagrams::receive(int fd) {
  for (mmsghdr& message : messages_) message.msg_hdr.msg_namelen = sizeof(sockaddr_storage);
  const int count = recvmmsg(fd, messages_.data(), kBatch, 0, nullptr);
  count_ = count > 0 ? static_cast<std::size_t>(count) : 0;
  return count < 0 ? errno : 0;
}

std::span<const std::byte> Datagrams::bytes(std::size_t index) const {
  return {bytes_.get() + index * kMaxBytes, messages_[index].msg_len};
}

common::SocketAddress Datagrams::from(std::size_t index) const {
  return common::SocketAddress::from(from_[index]);
}

Datagrams::Sent Datagrams::send(int fd, std::size_t first, std::size_t last) {
  for (std::size_t i = first; i < last; ++i) {
    outgoing_[i].msg_hdr.msg_name = nullptr;
    outgoing_[i].msg_hdr.msg_namelen = 0;
  }
  return send_prepared(fd, first, last);
}

Datagrams::Sent Datagrams::send_all_to(int fd, const common::SocketAddress& to) {
  sockaddr_storage storage;
  const socklen_t length = to.to_sockaddr(storage);
  for (std::size_t i = 0; i < count_; ++i) {
    outgoing_[i].msg_hdr.msg_name = &storage;
    outgoing_[i].msg_hdr.msg_namelen = length;
  }
  return send_prepared(fd, 0, count_);
}

Datagrams::Sent Datagrams::send_prepared(int fd, std::size_t first, std::size_t last) {
  for (std::size_t i = first; i < last; ++i) {
    outgoing_parts_[i] = {parts_[i].iov_base, messages_[i].msg_len};
  }
  Sent sent;
  while (first + sent.count < last) {
    const auto rest = static_cast<unsigned>(last - first - sent.count);
    const int count = sendmmsg(fd, outgoing_.data() + first + sent.count, rest, MSG_NOSIGNAL);
    if (count < 0) {
      sent.error = errno;
      break;
    }
    sent.count += static_cast<std::size_t>(count);
  }
  return sent;
}

}  // namespace vipd
