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
///
/// While there is no end of them, datagrams are asked for and not waited for: of a watched socket
/// the kernel tells epoll each time that one comes, and each time that an answer has left, which
/// costs more than to look its question up.
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
  void stop();

  UdpListener(const UdpListener&) = delete;
  UdpListener& operator=(const UdpListener&) = delete;

 private:
  static constexpr std::size_t kBatch = 32;
  // Longer queries arrive cut and are judged as what is left of them; no sane one is that long.
  static constexpr std::size_t kRequestSize = 2048;
  // Room for the address a datagram came to (set up by listen_on() for a wildcard).
  static constexpr std::size_t kControlSize = CMSG_SPACE(sizeof(in6_pktinfo));

  struct Control {
    alignas(cmsghdr) std::array<std::uint8_t, kControlSize> octets;
  };

  class LateDatagram;

  void on_readable(short what);
  void on_busy(short what);
  std::size_t take_turn();
  std::size_t receive();
  void read(std::size_t received);
  void answer(std::size_t received);
  std::size_t answer_one(std::size_t index);
  void send(std::size_t received);
  void send_run(std::span<mmsghdr> answers);

  const int socket_;
  Answerer& answerer_;
  Counters& counters_;
  const std::size_t answer_size_;  // The most.

  // One of each for a datagram and its answer. What is touched every time lies close together: the
  // kernel needs the caches, too.
  std::array<mmsghdr, kBatch> messages_{};  // First the request's, then the answer's.
  std::array<sockaddr_in6, kBatch> peers_;  // Or a sockaddr_in, which is shorter.
  std::array<iovec, kBatch> requests_;
  std::array<iovec, kBatch> answers_;  // Empty: no answer.
  std::array<Control, kBatch> controls_;
  std::vector<Query> queries_;
  std::vector<std::uint8_t> request_buffer_;
  std::vector<std::uint8_t> answer_buffer_;

  // One of these is armed.
  common::EventPtr readable_;
  common::EventPtr busy_;  // In the loop's next round.
};

}  // namespace dnsd
