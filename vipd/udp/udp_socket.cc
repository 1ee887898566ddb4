#include "vipd/udp/udp_socket.h"

#include <netinet/udp.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "vipd/server/transparent.h"

namespace vipd {

using common::UniqueFd;

namespace {

UniqueFd datagram_socket(const common::IpAddress& address) {
  const int family = address.is_v4() ? AF_INET : AF_INET6;
  return UniqueFd(::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

bool is_bound(const UniqueFd& fd, const common::SocketAddress& address, Binding how) {
  const auto share = [&] {
    const int yes = 1;
    return setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes) == 0;
  };
  sockaddr_storage storage;
  const socklen_t length = address.to_sockaddr(storage);
  return (how == Binding::Alone || share()) &&
         bind(fd.get(), reinterpret_cast<const sockaddr*>(&storage), length) == 0 && share();
}

/// What the kernel takes as one: its limits of datagrams (UDP_MAX_SEGMENTS of Linux before 6.9) and
/// of octets, IPv6 without a jumbogram.
constexpr std::size_t kMostSegments = 64;
constexpr std::size_t kMostOctets = 65535 - 8 - 40;

/// The size of the datagrams that a piece consists of.
std::size_t segment_of(const mmsghdr& message) {
  for (cmsghdr* head = CMSG_FIRSTHDR(&message.msg_hdr); head != nullptr;
       head = CMSG_NXTHDR(const_cast<msghdr*>(&message.msg_hdr), head)) {
    if (head->cmsg_level != SOL_UDP || head->cmsg_type != UDP_GRO) continue;
    int segment = 0;
    std::memcpy(&segment, CMSG_DATA(head), sizeof segment);
    if (segment > 0) return static_cast<std::size_t>(segment);
  }
  return message.msg_len;
}

std::size_t count_of(std::size_t octets, std::size_t segment) {
  return octets == 0 ? 1 : (octets + segment - 1) / segment;
}

/// The kernel does not take these as one; each by itself it may. A datagram that is too large for
/// the way has to be cut into fragments, which it does only with one that comes alone.
bool speaks_of_segments(int error) { return error == EINVAL || error == EIO; }

}  // namespace

void receive_bursts(int fd) {
  const int yes = 1;
  setsockopt(fd, SOL_UDP, UDP_GRO, &yes, sizeof yes);
}

common::Expected<UniqueFd> bind_datagrams(const common::SocketAddress& address, Binding how) {
  UniqueFd fd = datagram_socket(address.ip);
  if (!fd || !is_bound(fd, address, how)) return listen_error(errno);
  receive_bursts(fd.get());
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
  }
  make_room(kBatch);
}

/// For what comes with the next datagrams, where the last ones left less.
void Datagrams::make_room(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    messages_[i].msg_hdr.msg_namelen = sizeof(sockaddr_storage);
    messages_[i].msg_hdr.msg_control = &controls_[i];
    messages_[i].msg_hdr.msg_controllen = sizeof controls_[i];
  }
}

int Datagrams::receive(int fd) {
  make_room(count_);
  const int count = recvmmsg(fd, messages_.data(), kBatch, 0, nullptr);
  count_ = count > 0 ? static_cast<std::size_t>(count) : 0;
  for (std::size_t i = 0; i < count_; ++i) segments_[i] = segment_of(messages_[i]);
  return count < 0 ? errno : 0;
}

std::span<const std::byte> Datagrams::bytes(std::size_t index) const {
  return {bytes_.get() + index * kMaxBytes, messages_[index].msg_len};
}

common::SocketAddress Datagrams::from(std::size_t index) const {
  return common::SocketAddress::from(from_[index]);
}

std::size_t Datagrams::datagrams(std::size_t first, std::size_t last) const {
  std::size_t count = 0;
  for (std::size_t i = first; i < last; ++i) count += count_of(messages_[i].msg_len, segments_[i]);
  return count;
}

Datagrams::Sent Datagrams::send(int fd, std::size_t first, std::size_t last) {
  return send_to(fd, first, last, nullptr, 0);
}

Datagrams::Sent Datagrams::send_all_to(int fd, const common::SocketAddress& to) {
  sockaddr_storage storage;
  const socklen_t length = to.to_sockaddr(storage);
  return send_to(fd, 0, count_, reinterpret_cast<sockaddr*>(&storage), length);
}

/// The pieces from `first` on that can go out as one: all datagrams have one size, but the last.
std::size_t Datagrams::end_of_run(std::size_t first, std::size_t last) const {
  const std::size_t segment = segments_[first];
  std::size_t octets = messages_[first].msg_len;
  std::size_t end = first + 1;
  while (segment > 0 && octets % segment == 0 && end < last && segments_[end] <= segment) {
    const std::size_t next = messages_[end].msg_len;
    // One that is shorter ends the run; several short ones cannot.
    if (next == 0 || (segments_[end] < segment && next > segments_[end])) break;
    if (octets + next > kMostOctets || count_of(octets + next, segment) > kMostSegments) break;
    octets += next;
    ++end;
  }
  return end;
}

void Datagrams::prepare(msghdr& message, std::size_t first, std::size_t last) {
  for (std::size_t i = first; i < last; ++i) {
    outgoing_parts_[i] = {parts_[i].iov_base, messages_[i].msg_len};
  }
  message.msg_iov = &outgoing_parts_[first];
  message.msg_iovlen = last - first;
  message.msg_control = nullptr;
  message.msg_controllen = 0;
  if (datagrams(first, last) == 1) return;
  message.msg_control = &outgoing_controls_[first];
  message.msg_controllen = CMSG_SPACE(sizeof(std::uint16_t));
  cmsghdr* const head = CMSG_FIRSTHDR(&message);
  head->cmsg_level = SOL_UDP;
  head->cmsg_type = UDP_SEGMENT;
  head->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
  const auto segment = static_cast<std::uint16_t>(segments_[first]);
  std::memcpy(CMSG_DATA(head), &segment, sizeof segment);
}

Datagrams::Sent Datagrams::send_to(
    int fd, std::size_t first, std::size_t last, sockaddr* to, socklen_t length) {
  std::array<std::size_t, kBatch> ends;  // Of each run.
  unsigned runs = 0;
  for (std::size_t begin = first; begin < last; begin = ends[runs++]) {
    ends[runs] = end_of_run(begin, last);
    msghdr& message = outgoing_[runs].msg_hdr;
    message.msg_name = to;
    message.msg_namelen = length;
    prepare(message, begin, ends[runs]);
  }
  Sent sent;
  for (unsigned done = 0; done < runs;) {
    const int count = sendmmsg(fd, outgoing_.data() + done, runs - done, MSG_NOSIGNAL);
    if (count > 0) {
      done += static_cast<unsigned>(count);
      sent.count = ends[done - 1] - first;
      continue;
    }
    sent.error = errno;
    if (outgoing_[done].msg_hdr.msg_controllen == 0 || !speaks_of_segments(sent.error)) return sent;
    for (std::size_t i = first + sent.count; i < ends[done]; ++i, ++sent.count) {
      sent.error = send_one_by_one(fd, i, to, length);
      if (sent.error != 0) return sent;
    }
    ++done;
  }
  return sent;
}

/// The datagrams of one piece; the errno value of the first that could not be sent, or 0.
int Datagrams::send_one_by_one(int fd, std::size_t index, sockaddr* to, socklen_t length) const {
  const auto all = bytes(index);
  for (std::size_t at = 0; at < all.size(); at += segments_[index]) {
    const auto one = all.subspan(at, std::min(segments_[index], all.size() - at));
    if (sendto(fd, one.data(), one.size(), MSG_NOSIGNAL, to, length) < 0) return errno;
  }
  return 0;
}

}  // namespace vipd
