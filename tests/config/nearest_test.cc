#include "config/nearest.h"

#include <gtest/gtest.h>

namespace config {
namespace {

TEST(EditDistance, CountsKeystrokes) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
  EXPECT_EQ(edit_distance("ttl", "tll"), 1U);
  EXPECT_EQ(edit_distance("dsn", "dns"), 1U);
  EXPECT_EQ(edit_distance("listen", "listens"), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(Nearest, FindsTheClosestAndTheFirstOfEquals) {
  const std::vector<std::string> words{"rise", "fall", "interval", "intervals"};
  EXPECT_EQ(nearest("intervall", words), "interval");
  EXPECT_EQ(nearest("raise", words), "rise");
  EXPECT_EQ(nearest("fail", words), "fall");
}

TEST(Nearest, SuggestsNothingFarFetched) {
  EXPECT_EQ(nearest("port", {"rise", "fall"}), std::nullopt);
  EXPECT_EQ(nearest("x", {}), std::nullopt);
}

}  // namespace
}  // namespace config
