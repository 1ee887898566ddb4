#include "minimarathon/path.h"

#include <gtest/gtest.h>

namespace minimarathon {
namespace {

TEST(Path, BecomesAbsolute) {
  EXPECT_EQ(absolute_path("web"), "/web");
  EXPECT_EQ(absolute_path("cart", "/shop"), "/shop/cart");
  EXPECT_EQ(absolute_path("/a//b/", "/shop"), "/a/b");
  EXPECT_EQ(absolute_path("", "/shop"), "/shop");
  EXPECT_EQ(absolute_path("../db", "/shop/cart"), "/shop/db");
  EXPECT_EQ(absolute_path("../../..", "/shop/cart"), "/");
  EXPECT_EQ(absolute_path(""), "/");
}

TEST(Path, HasSegmentsThatCanBeHostNames) {
  for (const char* good : {"/a", "/a/b-1/c.d", "/0"}) EXPECT_TRUE(is_valid_path(good)) << good;
  for (const char* bad : {"/", "/A", "/a_b", "/-a", "/a-", "/a/.b", "/a b", "/ä"}) {
    EXPECT_FALSE(is_valid_path(bad)) << bad;
  }
}

TEST(Path, KnowsItsParentAndWhatIsBelow) {
  EXPECT_EQ(parent_path("/a/b"), "/a");
  EXPECT_EQ(parent_path("/a"), "/");
  EXPECT_TRUE(is_below("/a/b", "/a"));
  EXPECT_TRUE(is_below("/a", "/"));
  EXPECT_FALSE(is_below("/ab", "/a"));
  EXPECT_FALSE(is_below("/a", "/a"));
  EXPECT_EQ(path_as_id("/shop/cart"), "shop_cart");
}

}  // namespace
}  // namespace minimarathon
