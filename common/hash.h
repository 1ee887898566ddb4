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
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  const auto word_at = [&bytes](std::size_t at) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data() + at, kWord);
    return word;
  };
  const std::size_t size = bytes.size();
  std::uint64_t state = size * kFirst;
  if (size < kWord) {
    std::uint64_t word = 0;
    for (const char octet : bytes) word = word << 8U | static_cast<std::uint8_t>(octet);
    return fold(fold(state ^ word ^ kFirst, kNext), kLast);
  }
  for (std::size_t at = 0; at + 2 * kWord < size; at += 2 * kWord) {
    state = fold(state ^ word_at(at) ^ kFirst, word_at(at + kWord) ^ kNext);
  }
  // The last two words overlap with what was there before, or one another.
  const std::uint64_t last_but_one = word_at(size < 2 * kWord ? 0 : size - 2 * kWord);
  return fold(fold(state ^ last_but_one ^ kFirst, word_at(size - kWord) ^ kNext), kLast);
}

/// Hashes string-like keys of any type alike, so that maps can be asked with a string_view.
struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return hash_bytes(text); }
};

}  // namespace common
