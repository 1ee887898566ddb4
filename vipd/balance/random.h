#pragma once

#include <cstddef>
#include <cstdint>

#include "common/hash.h"

namespace vipd {

/// Seeded random numbers of a few instructions each (SplitMix64); equal seeds give equal sequences.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(common::mix(seed)) {}

  std::uint64_t next() { return common::mix(state_ += 0x9e3779b97f4a7c15ULL); }
  /// Of 0 to bound - 1; a bias of bound / 2^32 doesn't matter here.
  std::size_t below(std::size_t bound) { return ((next() >> 32) * bound) >> 32; }
  double fraction() { return static_cast<double>(next() >> 11) * 0x1p-53; }  // [0, 1)

 private:
  std::uint64_t state_;
};

}  // namespace vipd
