#include "watcher/marathon/path.h"

#include <gtest/gtest.h>

namespace watcher::marathon {
namespace {

TEST(Path, ReversesIntoTheMesosName) {
  EXPECT_EQ(mesos_name("/web"), "web");
  EXPECT_EQ(mesos_name("/a/b/c"), "c.b.a");
  EXPECT_EQ(mesos_name("a/b"), "b.a");
  EXPECT_EQ(mesos_name("//a//b/"), "b.a");
  EXPECT_EQ(mesos_name("/"), "");
  EXPECT_EQ(mesos_name(""), "");
}

TEST(Path, KnowsWhatIsBelowAGroup) {
  EXPECT_TRUE(is_below("/a/b", "/a"));
  EXPECT_TRUE(is_below("/a/b/c", "/a"));
  EXPECT_TRUE(is_below("/a", "/"));
  EXPECT_FALSE(is_below("/ab", "/a"));
  EXPECT_FALSE(is_below("/a", "/a"));
}

TEST(Path, EncodesWhatMayNotStandInAUrl) {
  EXPECT_EQ(url_encode("/a.b-c_1/2016-10-13T13:31:39.055Z"), "/a.b-c_1/2016-10-13T13:31:39.055Z");
  EXPECT_EQ(url_encode("/a b\r\n?#%\xff"), "/a%20b%0D%0A%3F%23%25%FF");
}

}  // namespace
}  // namespace watcher::marathon
