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
#include "vipd/relay/timer_wheel.h"

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
    Reply,
    Check,
    Timer
  };
  Kind kind = Kind::Wake;
  SlotId slot;

  std::uint64_t pack() const {
    return std::uint64_t{slot.generation} << 32 | std::uint64_t{slot.index} << 4 |
           static_cast<std::uint64_t>(kind);
  }
  static Token unpack(std::uint64_t packed) {
    return {static_cast<Kind>(packed & 15U),
            {static_cast<std::uint32_t>(packed >> 4) & 0x0fffffffU,
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
/// 300 bytes of its own for each; here closing is enough for all but attempts that are given up,
/// and a generation in the event's data tells what is stale.
class Poller {
 public:
  /// Errors: Unavailable when the kernel gives no more descriptors.
  static common::Expected<Poller> create();

  /// Reports a socket as long as there is something to accept or read. False when the kernel has
  /// no memory for it, here and below.
  bool add_level(int fd, Token token);
  /// Reports every change of a connection once; closing the socket ends it, where no child has it.
  bool add_edge(int fd, Token token);
  /// Reports once each time when something more can be read, or an error.
  bool add_input_edge(int fd, Token token);
  void remove(int fd);

  /// What has happened already.
  std::span<const epoll_event> look() { return collect(0); }
  /// Waits until something happens or, by the coarse clock, the deadline has come; without one, for
  /// ever. It may wake up for a deadline that nobody has any more.
  std::span<const epoll_event> wait(std::optional<TimePoint> deadline);
  void note_timer() { armed_.reset(); }  // To be called for an event of kind Timer.

 private:
  Poller(common::UniqueFd epoll, common::UniqueFd timer);
  bool add(int fd, std::uint32_t events, Token token);
  void arm(TimePoint deadline);
  std::span<const epoll_event> collect(int timeout_ms);

  common::UniqueFd epoll_;
  common::UniqueFd timer_;
  std::optional<TimePoint> armed_;              // When it goes off.
  std::chrono::nanoseconds coarse_resolution_;  // Of the workers' clock.
  std::array<epoll_event, 256> events_{};
};

}  // namespace vipd
