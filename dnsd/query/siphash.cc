#include "dnsd/query/siphash.h"

#include <bit>
#include <cstddef>

namespace dnsd {
namespace {

std::uint64_t little_endian(std::span<const std::uint8_t> octets) {
  std::uint64_t value = 0;
  for (std::size_t i = octets.size(); i > 0; --i) value = value << 8 | octets[i - 1];
  return value;
}

/// The four words of the state.
struct State {
  std::uint64_t a, b, c, d;

  void round() {
    a += b;
    c += d;
    b = std::rotl(b, 13) ^ a;
    d = std::rotl(d, 16) ^ c;
    a = std::rotl(a, 32) + d;
    c += b;
    d = std::rotl(d, 21) ^ a;
    b = std::rotl(b, 17) ^ c;
    c = std::rotl(c, 32);
  }
  void take(std::uint64_t word) {
    d ^= word;
    round();
    round();
    a ^= word;
  }
};

}  // namespace

std::uint64_t siphash24(const SipKey& key, std::span<const std::uint8_t> octets) {
  const std::uint64_t low = little_endian(std::span(key).first(8));
  const std::uint64_t high = little_endian(std::span(key).last(8));
  // The constants spell "somepseudorandomlygeneratedbytes".
  State state{low ^ 0x736f6d6570736575,
              high ^ 0x646f72616e646f6d,
              low ^ 0x6c7967656e657261,
              high ^ 0x7465646279746573};
  const std::uint64_t size = octets.size();
  for (; octets.size() >= 8; octets = octets.subspan(8)) state.take(little_endian(octets.first(8)));
  state.take(size << 56 | little_endian(octets));
  state.c ^= 0xff;
  for (int i = 0; i < 4; ++i) state.round();
  return state.a ^ state.b ^ state.c ^ state.d;
}

}  // namespace dnsd
