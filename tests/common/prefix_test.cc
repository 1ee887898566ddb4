#include "common/prefix.h"

#include <gtest/gtest.h>

namespace common {
namespace {

bool contains(std::string_view prefix, std::string_view address) {
  return IpPrefix::parse(prefix).value().contains(IpAddress::parse(address).value());
}

TEST(IpPrefix, ContainsTheAddressesOfItsRange) {
  EXPECT_TRUE(contains("10.0.0.0/8", "10.255.255.255"));
  EXPECT_FALSE(contains("10.0.0.0/8", "11.0.0.0"));
  EXPECT_TRUE(contains("10.1.2.3", "10.1.2.3"));
  EXPECT_FALSE(contains("10.1.2.3", "10.1.2.2"));
  EXPECT_TRUE(contains("fd00::/9", "fd7f::1"));
  EXPECT_FALSE(contains("fd00::/9", "fd80::1"));
  EXPECT_TRUE(contains("0.0.0.0/0", "192.0.2.1"));
  EXPECT_FALSE(contains("0.0.0.0/0", "::1"));
}

TEST(IpPrefix, IsPrintedAsItIsRead) {
  for (const char* text : {"10.0.0.0/8", "10.1.2.3", "fd00::/9", "::1", "0.0.0.0/0"}) {
    EXPECT_EQ(IpPrefix::parse(text).value().to_string(), text);
  }
}

TEST(IpPrefix, IsAroundAnAddress) {
  const auto around = [](const char* address, int length) {
    return IpPrefix::around(IpAddress::parse(address).value(), length).to_string();
  };
  EXPECT_EQ(around("10.1.255.3", 17), "10.1.128.0/17");
  EXPECT_EQ(around("10.1.2.3", 32), "10.1.2.3");
  EXPECT_EQ(around("10.1.2.3", 0), "0.0.0.0/0");
  EXPECT_EQ(around("fd00:1:2:3::4", 64), "fd00:1:2:3::/64");
}

TEST(IpPrefix, IsNothingElse) {
  for (const char* text :
       {"", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/", "10.0.0.0/-1", "x/8", "fd00::/129"}) {
    EXPECT_FALSE(IpPrefix::parse(text)) << text;
  }
}

}  // namespace
}  // namespace common
