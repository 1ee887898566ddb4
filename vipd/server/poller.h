#pragma once

#include <sys/epoll.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>

#include "common/result.h"
#include "common/unique_fd.h"
#include "vipd/relay/io.h"
#include "vipd/relay/slab.h"

namespace vipd {

/// A session may have two connections to backends under way, one in each lane; and an attempt takes
/// the other lane than the one before, so that nothing late is taken for it.
enum class Lane : std::uint8_t { Even, Odd };
constexpr Lane other(Lane lane) { return lane == Lane::Even ? Lane::Odd : Lane::Even; }

/// What an event is about: one of the worker's slabs, and a slot of it.
struct Token {
  enum class Kind : std::uint8_t {
    Wake,
    Listener,
    Client,
    EvenBackend,
    OddBackend,
    Datagrams,
    Reply
  };
  Kind kind = Kind::Wake;
  SlotId slot;

  std::uint64_t pack() const {
    return std::uint64_t{slot.generation} << 32 | std::uint64_t{slot.index} << 3 |
           static_cast<std::uint64_t>(kind);
  }
  static Token unpack(std::uint64_t packed) {
    return {static_cast<Kind>(packed & 7U),
            {static_cast<std::uint32_t>(packed >> 3) & 0x1fffffffU,
             static_cast<std::uint32_t>(packed >> 32)}};
  }
};

constexpr Token::Kind backend_kind(Lane lane) {
  return lane == Lane::Even ? Token::Kind::EvenBackend : Token::Kind::OddBackend;
}

/// The bits of an event of add_edge().
Readiness readiness(std::uint32_t events);

/// One worker's epoll instance. Not libevent, as elsewhere: libevent removes a socket from epoll by
/// a system call of its own before it is closed, two more for each connection, and keeps some
/// 300 bytes of its own for each; here closing is enough, and a generation in the event's data
/// tells what is stale.
class Poller {
 public:
  /// Errors: Unavailable when the kernel gives no more descriptors.
  static common::Expected<Poller> create();

  /// Reports a socket as long as there is something to accept or read. False when the kernel has
  /// no memory for it, here and below.
  bool add_level(int fd, Token token);
  /// Reports every change of a connection once; closing the socket ends it.
  bool add_edge(int fd, Token token);
  /// Reports once each time when something more can be read, or an error.
  bool add_input_edge(int fd, Token token);
  void remove(int fd);

  /// Waits until something happens or the timeout has passed; without one, for ever.
  std::span<const epoll_event> wait(std::optional<std::chrono::milliseconds> timeout);

 private:
  explicit Poller(common::UniqueFd epoll) : epoll_(std::move(epoll)) {}
  bool add(int fd, std::uint32_t events, Token token);

  common::UniqueFd epoll_;
  std::array<epoll_event, 256> events_{};
};

}  // namespace vipd
