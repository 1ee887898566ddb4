#pragma once

#include <cstddef>
#include <cstdint>

namespace rollout {

/// What a proxy of TCP sees of one pool of a VIP: counts since its start, of which differences
/// matter, and how its backends are now.
struct Figures {
  std::uint64_t attempts = 0;  // Connections to its backends that were tried.
  std::uint64_t failures = 0;  // Those that were refused, timed out or reset before the first byte.
  std::uint64_t sessions = 0;  // Those that came about.
  std::uint64_t answered = 0;  // Sessions in which a backend sent a byte.
  double answer_seconds = 0;   // Until these bytes, in sum.
  std::size_t backends = 0;    // That take traffic, or would if they passed.
  std::size_t failing = 0;     // Of these, how many do not pass.

  /// What was counted since `start`; the same backends.
  Figures since(const Figures& start) const;
};

}  // namespace rollout
