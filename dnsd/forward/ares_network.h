#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <unordered_map>
#include <vector>

#include "common/event.h"
#include "dnsd/forward/forward_logic.h"

namespace dnsd {

/// Asks upstreams through c-ares, on a worker's loop and its thread.
///
/// c-ares 1.18 keeps one UDP socket a server while queries are under way, so that their source port
/// could be learned. Here each query has a channel of its own, and so a socket whose port the
/// kernel chose at random. Its time limits, cache and choice of servers are not used: all that is
/// ForwardLogic's.
class AresNetwork final : public ForwardNetwork {
 public:
  explicit AresNetwork(common::EventLoop& loop);
  ~AresNetwork() override;  // Whatever is under way ends without a word.
  AresNetwork(const AresNetwork&) = delete;
  AresNetwork& operator=(const AresNetwork&) = delete;

  /// Who gets replies and the alarm. Before anything else; outlives the use of the loop.
  void attach(ForwardLogic& logic) { logic_ = &logic; }

  void send(AttemptId attempt,
            const common::SocketAddress& upstream,
            Protocol protocol,
            std::span<const std::uint8_t> query) override;
  void cancel(AttemptId attempt) override;
  void wake_at(TimePoint when) override;
  std::uint64_t random() override;

 private:
  struct Line;

  void on_alarm(short what);
  void finish(Line& line);

  common::EventLoop& loop_;
  ForwardLogic* logic_ = nullptr;
  std::list<Line> lines_;
  std::unordered_map<AttemptId, std::list<Line>::iterator> by_attempt_;
  std::array<std::uint64_t, 32> pool_{};  // Of the kernel's random numbers,
  std::size_t left_in_pool_ = 0;          // so many of which are unused.
  common::EventPtr alarm_;
};

}  // namespace dnsd
