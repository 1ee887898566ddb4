#include "dnsd/server/udp_listener.h"

#include <event2/event.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <memory>

namespace dnsd {
namespace {

using namespace std::chrono_literals;

// After so many batches the other sockets of the worker get their turn.
constexpr std::size_t kBatchesPerTurn = 4;

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
      answer_size_(udp_payload),
      request_buffer_(kBatch * kRequestSize),
      answer_buffer_(kBatch * answer_size_),
      readable_(loop.watch<&UdpListener::on_readable>(socket, EV_READ | EV_PERSIST, *this)),
      busy_(loop.watch<&UdpListener::on_busy>(-1, EV_TIMEOUT, *this)) {
  queries_.reserve(kBatch);
  for (std::size_t i = 0; i < kBatch; ++i) {
    requests_[i] = {request_buffer_.data() + i * kRequestSize, kRequestSize};
    answers_[i] = {answer_buffer_.data() + i * answer_size_, 0};
    messages_[i].msg_hdr.msg_name = &peers_[i];
    messages_[i].msg_hdr.msg_iovlen = 1;
    messages_[i].msg_hdr.msg_control = controls_[i].octets.data();
  }
  set_fragmentation(socket, udp_payload);
  common::arm(readable_);
}

void UdpListener::stop() {
  common::disarm(readable_);
  common::disarm(busy_);
}

void UdpListener::on_readable(short /*what*/) {
  if (take_turn() < kBatchesPerTurn * kBatch) return;
  common::disarm(readable_);
  common::arm(busy_, 0ms);
}

void UdpListener::on_busy(short /*what*/) {
  if (take_turn() > 0) return common::arm(busy_, 0ms);
  common::arm(readable_);
}

/// Answers some of what is there; returns how many came.
std::size_t UdpListener::take_turn() {
  std::size_t total = 0;
  for (std::size_t i = 0; i < kBatchesPerTurn; ++i) {
    const std::size_t received = receive();
    read(received);
    answer(received);
    send(received);
    total += received;
    if (received < kBatch) break;
  }
  return total;
}

std::size_t UdpListener::receive() {
  for (std::size_t i = 0; i < kBatch; ++i) {  // The kernel wrote over these.
    msghdr& message = messages_[i].msg_hdr;
    message.msg_namelen = sizeof(sockaddr_in6);
    message.msg_controllen = kControlSize;
    message.msg_iov = &requests_[i];
  }
  const int received = recvmmsg(socket_, messages_.data(), kBatch, MSG_DONTWAIT, nullptr);
  return received < 0 ? 0 : static_cast<std::size_t>(received);  // Nothing there, or try later.
}

void UdpListener::read(std::size_t received) {
  queries_.clear();
  for (std::size_t i = 0; i < received; ++i) {
    const auto* octets = static_cast<const std::uint8_t*>(requests_[i].iov_base);
    queries_.emplace_back(std::span(octets, messages_[i].msg_len));
  }
  answerer_.look_up(queries_);
}

void UdpListener::answer(std::size_t received) {
  for (std::size_t i = 0; i < received; ++i) {
    answers_[i].iov_len = answer_one(i);
    messages_[i].msg_hdr.msg_iov = &answers_[i];  // To the same peer, with the same control data.
    forget_interface(messages_[i].msg_hdr);
  }
}

/// Octets of the answer; 0: none, or it comes later.
std::size_t UdpListener::answer_one(std::size_t index) {
  const sockaddr_in6& peer = peers_[index];
  if (from_port_zero(peer)) {
    counters_.drop(Drop::SourcePort);
    return 0;
  }
  const std::span room(static_cast<std::uint8_t*>(answers_[index].iov_base), answer_size_);
  const auto size = answerer_.answer(queries_[index], Transport::Udp, address_of(peer), room);
  if (answerer_.is_pending()) {
    answerer_.answer_later(std::make_unique<LateDatagram>(*this, messages_[index].msg_hdr));
  }
  return size;
}

/// All answers, in runs: a datagram without one ends a run.
void UdpListener::send(std::size_t received) {
  std::size_t first = 0;
  for (std::size_t i = 0; i <= received; ++i) {
    if (i < received && answers_[i].iov_len > 0) continue;
    send_run(std::span(messages_).subspan(first, i - first));
    first = i + 1;
  }
}

void UdpListener::send_run(std::span<mmsghdr> answers) {
  while (!answers.empty()) {
    const auto left = static_cast<unsigned>(answers.size());
    const int taken = sendmmsg(socket_, answers.data(), left, MSG_DONTWAIT);
    if (taken < 0 && (errno == EAGAIN || errno == ENOBUFS)) {
      return counters_.drop(Drop::SendBuffer, left);
    }
    // sendmmsg() reports only the error of the first message it was given.
    if (taken <= 0) counters_.drop(Drop::SendError);
    answers = answers.subspan(taken > 0 ? static_cast<std::size_t>(taken) : 1);
  }
}

}  // namespace dnsd
