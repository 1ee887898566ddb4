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

TEST(IpPrefix, IsNothingElse) {
  for (const char* text :
       {"", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/", "10.0.0.0/-1", "x/8", "fd00::/129"}) {
    EXPECT_FALSE(IpPrefix::parse(text)) << text;
  }
}

}  // namespace
}  // namespace common
