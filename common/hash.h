#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace common {

/// Spreads every input bit over all 64 output bits (the finaliser of SplitMix64).
constexpr std::uint64_t mix(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15ULL;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31);
}

/// A fast hash for tables in memory, good in every bit. Not stable across releases, not keyed:
/// never store it, and bound any table whose keys strangers choose.
inline std::uint64_t hash_bytes(std::string_view bytes) {
  std::uint64_t state = bytes.size() * 0x9e3779b97f4a7c15ULL;
  while (bytes.size() >= 8) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data(), 8);
    state = mix(state ^ word);
    bytes.remove_prefix(8);
  }
  std::uint64_t tail = 0;
  if (!bytes.empty()) std::memcpy(&tail, bytes.data(), bytes.size());
  return mix(state ^ tail);
}

/// Hashes string-like keys of any type alike, so that maps can be asked with a string_view.
struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return hash_bytes(text); }
};

}  // namespace common
