#include "dnsd/server/udp_listener.h"

#include <event2/event.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>

namespace dnsd {
namespace {

// After so many batches the other sockets of the worker get their turn.
constexpr int kBatchesPerTurn = 4;

/// Octets of an answer that fit into the least packet of IPv6, and pass every path there is.
constexpr std::uint16_t kNeverCut = 1232;

/// That a packet is too large for a path is believed from nobody: it could be forged, and make us
/// send fragments, into which others slip theirs. Answers that are never cut say so (DF, as RFC
/// 9715 asks), for which the kernel needs no number for them either; longer ones may be cut.
void set_fragmentation(int socket, std::uint16_t udp_payload) {
  const int v4 = udp_payload <= kNeverCut ? IP_PMTUDISC_PROBE : IP_PMTUDISC_OMIT;
  const int v6 = IPV6_PMTUDISC_OMIT;
  setsockopt(socket, IPPROTO_IP, IP_MTU_DISCOVER, &v4, sizeof v4);
  setsockopt(socket, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &v6, sizeof v6);  // Not of sockets of IPv4.
}

bool from_port_zero(const sockaddr_in6& peer) {
  static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));
  return peer.sin6_port == 0;
}

common::IpAddress address_of(const sockaddr_in6& peer) {
  if (peer.sin6_family == AF_INET) {
    return common::IpAddress::v4(ntohl(reinterpret_cast<const sockaddr_in&>(peer).sin_addr.s_addr));
  }
  return common::IpAddress::v6(std::to_array(peer.sin6_addr.s6_addr));
}

/// Turns the note of the address a datagram came to into the order to answer from there. The
/// interface is left to the routing table: the way back may be another one.
void forget_interface(msghdr& message) {
  for (cmsghdr* note = CMSG_FIRSTHDR(&message); note != nullptr;
       note = CMSG_NXTHDR(&message, note)) {
    if (note->cmsg_level == IPPROTO_IP && note->cmsg_type == IP_PKTINFO) {
      reinterpret_cast<in_pktinfo*>(CMSG_DATA(note))->ipi_ifindex = 0;
    } else if (note->cmsg_level == IPPROTO_IPV6 && note->cmsg_type == IPV6_PKTINFO) {
      reinterpret_cast<in6_pktinfo*>(CMSG_DATA(note))->ipi6_ifindex = 0;
    }
  }
}

}  // namespace

/// Back to where a datagram came from, when its slot has long been used for others.
class UdpListener::LateDatagram final : public ReplyPath {
 public:
  LateDatagram(UdpListener& listener, const msghdr& request) : listener_(listener) {
    std::memcpy(&peer_, request.msg_name, request.msg_namelen);
    std::memcpy(control_.data(), request.msg_control, request.msg_controllen);
    header_.msg_name = &peer_;
    header_.msg_namelen = request.msg_namelen;
    header_.msg_control = control_.data();
    header_.msg_controllen = request.msg_controllen;
    forget_interface(header_);
  }

  void send(std::span<const std::uint8_t> answer) override {
    iovec octets{const_cast<std::uint8_t*>(answer.data()), answer.size()};
    header_.msg_iov = &octets;
    header_.msg_iovlen = 1;
    if (sendmsg(listener_.socket_, &header_, MSG_DONTWAIT) >= 0) return;
    const bool is_full = errno == EAGAIN || errno == ENOBUFS;
    listener_.counters_.drop(is_full ? Drop::SendBuffer : Drop::SendError);
  }

 private:
  UdpListener& listener_;
  sockaddr_in6 peer_{};
  alignas(cmsghdr) std::array<std::uint8_t, kControlSize> control_{};
  msghdr header_{};
};

UdpListener::UdpListener(common::EventLoop& loop,
                         int socket,
                         std::uint16_t udp_payload,
                         Answerer& answerer,
                         Counters& counters)
    : socket_(socket),
      answerer_(answerer),
      counters_(counters),
      slots_(kBatch),
      answer_buffer_(kBatch * udp_payload),
      readable_(loop.watch<&UdpListener::on_readable>(socket, EV_READ | EV_PERSIST, *this)) {
  queries_.reserve(kBatch);
  for (std::size_t i = 0; i < kBatch; ++i) {
    Slot& slot = slots_[i];
    slot.request_octets = {slot.request.data(), slot.request.size()};
    slot.answer = std::span(answer_buffer_).subspan(i * udp_payload, udp_payload);
    slot.answer_octets.iov_base = slot.answer.data();
    requests_[i].msg_hdr.msg_name = &slot.peer;
    requests_[i].msg_hdr.msg_iov = &slot.request_octets;
    requests_[i].msg_hdr.msg_iovlen = 1;
    requests_[i].msg_hdr.msg_control = slot.control.data();
  }
  set_fragmentation(socket, udp_payload);
  common::arm(readable_);
}

void UdpListener::on_readable(short /*what*/) {
  for (int i = 0; i < kBatchesPerTurn; ++i) {
    const std::size_t received = receive();
    read(received);
    send(answer(received));
    if (received < kBatch) return;
  }
}

std::size_t UdpListener::receive() {
  for (mmsghdr& request : requests_) {  // The kernel wrote over these.
    request.msg_hdr.msg_namelen = sizeof(Slot::peer);
    request.msg_hdr.msg_controllen = kControlSize;
  }
  const int received = recvmmsg(socket_, requests_.data(), kBatch, MSG_DONTWAIT, nullptr);
  return received < 0 ? 0 : static_cast<std::size_t>(received);  // Nothing there, or try later.
}

void UdpListener::read(std::size_t received) {
  queries_.clear();
  for (std::size_t i = 0; i < received; ++i) queries_.emplace_back(request(i));
  if (received > 1) answerer_.expect(queries_);
}

std::size_t UdpListener::answer(std::size_t received) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < received; ++i) {
    Slot& slot = slots_[i];
    if (from_port_zero(slot.peer)) {
      counters_.drop(Drop::SourcePort);
      continue;
    }
    slot.answer_octets.iov_len =
        answerer_.answer(queries_[i], Transport::Udp, address_of(slot.peer), slot.answer);
    if (answerer_.is_pending()) {
      answerer_.answer_later(std::make_unique<LateDatagram>(*this, requests_[i].msg_hdr));
    }
    if (slot.answer_octets.iov_len == 0) continue;
    msghdr& answer = answers_[count++].msg_hdr;
    answer = requests_[i].msg_hdr;  // The same peer and control data.
    answer.msg_iov = &slot.answer_octets;
    forget_interface(answer);
  }
  return count;
}

void UdpListener::send(std::size_t count) {
  std::size_t sent = 0;
  while (sent < count) {
    const auto left = static_cast<unsigned>(count - sent);
    const int taken = sendmmsg(socket_, &answers_[sent], left, MSG_DONTWAIT);
    if (taken > 0) {
      sent += static_cast<std::size_t>(taken);
    } else if (errno == EAGAIN || errno == ENOBUFS) {
      counters_.drop(Drop::SendBuffer, left);
      return;
    } else {  // sendmmsg() reports only the error of the first message it was given.
      counters_.drop(Drop::SendError);
      ++sent;
    }
  }
}

}  // namespace dnsd
