#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "common/event.h"
#include "dnsd/server/answerer.h"
#include "dnsd/server/counters.h"

namespace dnsd {

/// Answers the datagrams of one socket in batches, two system calls for up to 32 of them. All its
/// memory is taken at the start. Overload is left to the kernel's queue, which drops.
class UdpListener {
 public:
  /// `socket` doesn't block and outlives this, as the others do. `udp_payload`: octets, the most
  /// an answer has.
  UdpListener(common::EventLoop& loop,
              int socket,
              std::uint16_t udp_payload,
              Answerer& answerer,
              Counters& counters);

  /// Reads no more; answers that wait for upstreams still leave.
  void stop() { common::disarm(readable_); }

  UdpListener(const UdpListener&) = delete;
  UdpListener& operator=(const UdpListener&) = delete;

 private:
  static constexpr std::size_t kBatch = 32;
  // Longer queries arrive cut and are judged as what is left of them; no sane one is that long.
  static constexpr std::size_t kRequestSize = 2048;
  // Room for the address a datagram came to (set up by listen_on() for a wildcard).
  static constexpr std::size_t kControlSize = CMSG_SPACE(sizeof(in6_pktinfo));

  struct Slot {
    sockaddr_in6 peer;  // Or a sockaddr_in, which is shorter.
    alignas(cmsghdr) std::array<std::uint8_t, kControlSize> control;
    iovec request_octets;
    iovec answer_octets;  // The filled front of `answer`.
    std::span<std::uint8_t> answer;
    std::array<std::uint8_t, kRequestSize> request;
  };

  class LateDatagram;

  void on_readable(short what);
  std::size_t receive();
  std::span<const std::uint8_t> request(std::size_t index) const {
    return std::span(slots_[index].request).first(requests_[index].msg_len);
  }
  void read(std::size_t received);
  std::size_t answer(std::size_t received);
  void send(std::size_t count);

  const int socket_;
  Answerer& answerer_;
  Counters& counters_;
  std::vector<Slot> slots_;
  std::vector<std::uint8_t> answer_buffer_;
  std::vector<Query> queries_;              // One per slot that was filled.
  std::array<mmsghdr, kBatch> requests_{};  // One per slot.
  std::array<mmsghdr, kBatch> answers_{};   // Only what is to be sent, from the front.
  common::EventPtr readable_;
};

}  // namespace dnsd
