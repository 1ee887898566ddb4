#include "common/parse.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace common {
namespace {

TEST(ParseInteger, TakesDigitsThatFillTheText) {
  EXPECT_EQ(parse_integer<std::uint16_t>("0"), 0);
  EXPECT_EQ(parse_integer<std::uint16_t>("65535"), 65535);
  EXPECT_EQ(parse_integer<int>("-5"), -5);
}

TEST(ParseInteger, RefusesEverythingElse) {
  for (const char* text : {"", " 1", "1 ", "+1", "1x", "0x10", "65536", "-1", "1.0"}) {
    EXPECT_EQ(parse_integer<std::uint16_t>(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace common
