#include "config/fixed_vip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/server_name.h"

namespace config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

FixedVip parsed(std::string_view text) {
  const auto vip = Type<FixedVip>::parse(text);
  EXPECT_TRUE(vip) << text << ": " << (vip ? "" : vip.error());
  return vip.value_or(FixedVip());
}
std::string complaint(std::string_view text) {
  const auto vip = Type<FixedVip>::parse(text);
  return vip ? "none" : vip.error();
}

TEST(FixedVipText, HasAVipItsBackendsAndLabels) {
  const FixedVip vip = parsed(
      "/postgres:5432 10.0.0.12:5432 [fd00::1]:5432 10.0.0.11:5432 balance=source "
      "\"check=tcp interval=5s\"");
  EXPECT_EQ(vip.vip, "/postgres:5432");
  EXPECT_FALSE(vip.udp);
  EXPECT_THAT(vip.backends,
              ElementsAre(*common::SocketAddress::parse("10.0.0.11:5432"),
                          *common::SocketAddress::parse("10.0.0.12:5432"),
                          *common::SocketAddress::parse("[fd00::1]:5432")));
  EXPECT_THAT(
      vip.labels,
      ElementsAre(Pair("SIGNPOST_BALANCE", "source"), Pair("SIGNPOST_CHECK", "tcp interval=5s")));
  EXPECT_TRUE(parsed("10.1.1.1:53 udp 10.0.0.1:53").udp);
}

TEST(FixedVipText, PrintsWhatItReadsBack) {
  for (const std::string text : {"/postgres:5432 10.0.0.11:5432 balance=source "
                                 "\"check=tcp interval=5s\"",
                                 "10.1.1.1:53 udp 10.0.0.1:53 [fd00::1]:53"}) {
    EXPECT_EQ(Type<FixedVip>::print(parsed(text)), text);
  }
}

TEST(FixedVipText, SaysWhatIsWrong) {
  EXPECT_THAT(complaint(""), HasSubstr("begins with a VIP"));
  EXPECT_THAT(complaint("postgres 10.0.0.1:5432"), HasSubstr("begins with a VIP"));
  EXPECT_THAT(complaint("/a:0 10.0.0.1:1"), HasSubstr("begins with a VIP"));
  EXPECT_THAT(complaint("/a:1"), HasSubstr("a backend stands behind"));
  EXPECT_THAT(complaint("/a:1 db.example:1"), HasSubstr("'db.example:1' is no backend"));
  EXPECT_THAT(complaint("/a:1 10.0.0.1:0"), HasSubstr("is no backend"));
  EXPECT_THAT(complaint("/a:1 10.0.0.1:1 10.0.0.1:1"), HasSubstr("given twice"));
}

TEST(ServerName, IsANameOrAllBelowOne) {
  EXPECT_EQ(as_server_name(" Shop.Example.ORG. "), "shop.example.org");
  EXPECT_EQ(as_server_name("*.example.org"), "*.example.org");
  for (const char* wrong : {"", "*", "*.", "a b", "a..b", "*.*.b", "a/b", "a,b"}) {
    EXPECT_EQ(as_server_name(wrong), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace config
