#include "common/interfaces.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace common {
namespace {

TEST(Interfaces, TellsOnlyAddressesThatMeanSomethingToOthers) {
  const auto addresses = interface_addresses();
  EXPECT_TRUE(std::is_sorted(addresses.begin(), addresses.end()));
  for (const IpAddress& ip : addresses) {
    EXPECT_FALSE(ip.is_loopback()) << ip.to_string();
    EXPECT_FALSE(ip.is_unspecified()) << ip.to_string();
    EXPECT_FALSE(ip.to_string().starts_with("169.254.")) << ip.to_string();
    EXPECT_FALSE(ip.to_string().starts_with("fe8")) << ip.to_string();
  }
}

}  // namespace
}  // namespace common
