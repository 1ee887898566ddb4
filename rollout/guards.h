#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "rollout/figures.h"

namespace rollout {

/// How much worse than the old pool the new one may be.
struct Guards {
  std::uint64_t least = 50;  // Connections of a pool in a step; with fewer, nothing is judged.
  double errors = 0.01;      // Share of failures, above the old pool's.
  double unanswered = 0.2;   // Share of sessions without a byte from the backend, above its.
  double slower = 3;         // Mean time to the first byte, as a multiple of its.
  double failing = 0.5;      // Share of the new pool's backends that fail their checks.

  friend bool operator==(const Guards&, const Guards&) = default;
};

/// What speaks against the new pool, in words with the figures; nothing when nothing does, or when
/// too little was seen. Both figures are of the same time. Pure.
///
/// An L4 proxy knows no statuses: it sees who refuses, who resets before the first byte, who does
/// not answer and who answers late.
std::optional<std::string> breach(const Guards& guards, const Figures& fresh, const Figures& old);

/// Whether enough was seen of the new pool to let it go on.
bool is_conclusive(const Guards& guards, const Figures& fresh);

}  // namespace rollout
