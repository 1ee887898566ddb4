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

TEST(Interfaces, TellsTheNetworkOfEachAddress) {
  for (const InterfaceNetwork& network : interface_networks()) {
    EXPECT_TRUE(network.network.contains(network.own)) << network.network.to_string();
    EXPECT_EQ(IpPrefix::parse(network.network.to_string()), network.network);
  }
}

}  // namespace
}  // namespace common
