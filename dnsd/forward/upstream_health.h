#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

#include "dnsd/forward/cache.h"

namespace dnsd {

/// How upstreams do, by their number, and which to ask next. Pure; of one worker.
class UpstreamHealth {
 public:
  using Duration = std::chrono::milliseconds;

  explicit UpstreamHealth(std::size_t upstreams) : states_(upstreams) {}

  /// The one to ask: of those that are up the fastest, with unknown ones first, so that each is
  /// known soon; now and then (by `random`) any of them, so that what is known stays true. When all
  /// are down, the one that was longest left alone. Those in `asked` only when there is no other.
  /// Precondition: candidates not empty.
  std::size_t choose(std::span<const std::size_t> candidates,
                     std::span<const std::size_t> asked,
                     TimePoint now,
                     std::uint64_t random) const;

  /// How long it may take before another is asked beside it: RFC 6298 section 2, with bounds.
  Duration patience(std::size_t upstream) const;

  void answered(std::size_t upstream, Duration took);
  /// It was late, or broke: after kFailures in a row it is down for a second, then for two, four …
  void failed(std::size_t upstream, TimePoint now);

  bool is_up(std::size_t upstream, TimePoint now) const {
    return states_[upstream].down_until <= now;
  }

  static constexpr int kFailures = 3;
  static constexpr Duration kLeastPatience{50};
  static constexpr Duration kFirstPatience{400};
  static constexpr Duration kMostPatience{1500};
  static constexpr Duration kFirstPause{1000};
  static constexpr Duration kMostPause{30000};
  /// One query in so many goes to any upstream that is up.
  static constexpr std::uint64_t kExplore = 32;

 private:
  struct State {
    bool is_known = false;  // The two below mean something.
    Duration smoothed{};
    Duration variation{};
    int failures = 0;  // In a row.
    TimePoint down_until{};
  };

  std::vector<State> states_;
};

}  // namespace dnsd
