#include "common/hash.h"

#include <gtest/gtest.h>

#include <bit>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace common {
namespace {

TEST(Mix, ChangesHalfTheBitsForEachBit) {
  for (int bit = 0; bit < 64; ++bit) {
    const int changed = std::popcount(mix(12345) ^ mix(12345 ^ (1ULL << bit)));
    EXPECT_GT(changed, 16) << "bit " << bit;
    EXPECT_LT(changed, 48) << "bit " << bit;
  }
}

TEST(HashBytes, TellsTextsApart) {
  std::unordered_set<std::uint64_t> seen;
  std::string text;
  for (int length = 0; length < 100; ++length) {
    seen.insert(hash_bytes(text));  // Zeros only, of every length.
    seen.insert(hash_bytes(text + "x"));
    text.push_back('\0');
  }
  EXPECT_EQ(seen.size(), 200U);
}

TEST(HashBytes, DependsOnEveryOctet) {
  const std::string text = "a text of more than two words";
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string other = text;
    other[i] ^= 1;
    EXPECT_NE(hash_bytes(text), hash_bytes(other)) << "octet " << i;
  }
}

TEST(HashBytes, ChangesHalfTheBitsForEachBit) {
  for (const std::size_t size : {1U, 4U, 8U, 9U, 25U, 64U}) {
    const std::string text(size, 'a');
    for (std::size_t bit = 0; bit < 8 * size; ++bit) {
      std::string other = text;
      other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << bit % 8));
      const int changed = std::popcount(hash_bytes(text) ^ hash_bytes(other));
      EXPECT_GT(changed, 12) << size << " octets, bit " << bit;
      EXPECT_LT(changed, 52) << size << " octets, bit " << bit;
    }
  }
}

TEST(StringHash, LetsAMapBeAskedWithoutACopy) {
  std::unordered_map<std::string, int, StringHash, std::equal_to<>> map{{"web", 1}};
  EXPECT_EQ(map.find(std::string_view("web"))->second, 1);
}

}  // namespace
}  // namespace common
