#include "vipd/server/server_names.h"

#include <gtest/gtest.h>

#include "vipd/server/service.h"

namespace vipd {
namespace {

watcher::VipId id(const char* name) { return {.name = name, .address = {}, .port = 443}; }

class ServerNamesTest : public ::testing::Test {
 protected:
  ServerNames names;
  Service shop{Balancer::Options()};
  Service blog{Balancer::Options()};
};

TEST_F(ServerNamesTest, FindsTheMostExactOne) {
  names.set(id("shop"), shop, {"shop.example.org", "*.org"});
  names.set(id("blog"), blog, {"*.example.org"});
  EXPECT_EQ(names.find("shop.example.org"), &shop);
  EXPECT_EQ(names.find("a.b.example.org"), &blog);
  EXPECT_EQ(names.find("example.org"), &shop);
  EXPECT_EQ(names.find("org"), nullptr);
  EXPECT_EQ(names.find(""), nullptr);
}

TEST_F(ServerNamesTest, MayHaveOneForAllOthers) {
  names.set(id("shop"), shop, {"*"});
  names.set(id("blog"), blog, {"blog.example.org"});
  EXPECT_EQ(names.find("blog.example.org"), &blog);
  EXPECT_EQ(names.find("what.ever"), &shop);
  EXPECT_EQ(names.find(""), &shop);
}

TEST_F(ServerNamesTest, GivesANameTwiceClaimedToTheFirstById) {
  names.set(id("shop"), shop, {"a.b"});
  names.set(id("blog"), blog, {"a.b", "a.b"});
  EXPECT_EQ(names.find("a.b"), &blog);
  names.clear(id("blog"));
  EXPECT_EQ(names.find("a.b"), &shop);
}

TEST_F(ServerNamesTest, ForgetsWhatIsTakenAway) {
  names.set(id("shop"), shop, {"a.b", "c.d"});
  names.set(id("shop"), shop, {"c.d"});
  EXPECT_EQ(names.find("a.b"), nullptr);
  EXPECT_EQ(names.find("c.d"), &shop);
  names.clear(id("shop"));
  names.clear(id("never"));
  EXPECT_TRUE(names.empty());
}

}  // namespace
}  // namespace vipd
