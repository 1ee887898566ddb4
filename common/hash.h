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

/// A product of two words, both halves of it in one: spreads bits in half of mix()'s time.
inline std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

/// A fast hash for tables in memory, good in every bit. Not stable across releases, not keyed:
/// never store it, and bound any table whose keys strangers choose.
inline std::uint64_t hash_bytes(std::string_view bytes) {
  constexpr std::uint64_t kFirst = 0x9e3779b97f4a7c15ULL;
  constexpr std::uint64_t kNext = 0xbf58476d1ce4e5b9ULL;
  constexpr std::uint64_t kLast = 0x94d049bb133111ebULL;
  std::uint64_t state = bytes.size() * kFirst;
  std::uint64_t word = 0;
  if (bytes.size() < sizeof word) {
    for (const char octet : bytes) word = word << 8U | static_cast<std::uint8_t>(octet);
    return fold(fold(state ^ word ^ kFirst, kNext), kLast);
  }
  for (std::size_t at = 0; at + sizeof word < bytes.size(); at += sizeof word) {
    std::memcpy(&word, bytes.data() + at, sizeof word);
    state = fold(state ^ word ^ kFirst, kNext);
  }
  std::memcpy(&word, bytes.data() + bytes.size() - sizeof word, sizeof word);
  return fold(fold(state ^ word ^ kFirst, kNext), kLast);
}

/// Hashes string-like keys of any type alike, so that maps can be asked with a string_view.
struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return hash_bytes(text); }
};

}  // namespace common
