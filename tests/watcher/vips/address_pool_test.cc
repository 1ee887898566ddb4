#include "watcher/vips/address_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace watcher {
namespace {

using common::IpAddress;
using common::Ipv4Prefix;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string address_of(const AddressPool& pool, std::string_view name) {
  const auto address = pool.find(name);
  return address ? address->to_string() : "none";
}

Ipv4Prefix prefix(const char* text) { return Ipv4Prefix::parse(text).value(); }

/// The address DC/OS documents, which come from a pool that ends one earlier than the installer's.
std::string in_default_pool_of_dcos(std::string_view name) {
  constexpr std::uint32_t kFirst = 0x0b000000;
  constexpr std::uint32_t kLast = 0x0bfffffe;
  return IpAddress::v4(kFirst + phash2(name) % (kLast - kFirst)).to_string();
}

TEST(Phash2, GivesThePublishedAddresses) {
  EXPECT_EQ(in_default_pool_of_dcos("foo.marathon"), "11.64.239.61");
  EXPECT_EQ(in_default_pool_of_dcos("bar.marathon"), "11.131.151.12");
  EXPECT_EQ(in_default_pool_of_dcos("broker.kafka"), "11.175.100.165");
  EXPECT_EQ(phash2("foo.bar") % 254, 37U);
  EXPECT_EQ(phash2("baz.qux") % 254, 39U);
}

TEST(AddressPool, GivesTheInstallersAddresses) {
  AddressPool pool(prefix("11.0.0.0/8"));
  pool.update({"foo.marathon", "bar.marathon", "broker.kafka"}, {});
  EXPECT_EQ(address_of(pool, "foo.marathon"), "11.64.238.105");
  EXPECT_EQ(address_of(pool, "bar.marathon"), "11.131.150.79");
  EXPECT_EQ(address_of(pool, "broker.kafka"), "11.175.100.139");
  EXPECT_EQ(address_of(pool, "unknown.marathon"), "none");
}

TEST(AddressPool, DoesNotDependOnTheOrderWithinABatch) {
  std::vector<std::string> names;
  for (int i = 0; i < 200; ++i) names.push_back("app" + std::to_string(i) + ".marathon");
  AddressPool first(prefix("11.0.0.0/24"));
  first.update(names, {});
  std::mt19937 random(7);
  std::shuffle(names.begin(), names.end(), random);
  AddressPool second(prefix("11.0.0.0/24"));
  second.update(names, {});
  for (const auto& name : names) EXPECT_EQ(address_of(first, name), address_of(second, name));
}

TEST(AddressPool, GivesNoAddressTwice) {
  AddressPool pool(prefix("11.0.0.0/24"));
  std::vector<std::string> names;
  for (int i = 0; i < 256; ++i) names.push_back("app" + std::to_string(i) + ".marathon");
  pool.update(names, {});
  std::map<std::string, int> uses;
  for (const auto& name : names) ++uses[address_of(pool, name)];
  EXPECT_EQ(uses.size(), 256U);
  EXPECT_FALSE(uses.contains("none"));
}

TEST(AddressPool, KeepsAnAddressWhileTheNameIsUsed) {
  AddressPool pool(prefix("11.0.0.0/30"));
  pool.update({"b.fw"}, {});
  const std::string address = address_of(pool, "b.fw");
  pool.update({"a.fw", "c.fw", "d.fw", "b.fw"}, {"b.fw"});  // Moves from one port to another.
  EXPECT_EQ(address_of(pool, "b.fw"), address);
  pool.update({}, {"b.fw"});
  EXPECT_EQ(address_of(pool, "b.fw"), "none");
}

TEST(AddressPool, ServesThoseWhoWaitedWhenAnAddressIsFreed) {
  AddressPool pool(prefix("11.0.0.0/32"));
  EXPECT_THAT(pool.update({"a.fw"}, {}), ElementsAre("a.fw"));
  EXPECT_THAT(pool.update({"c.fw", "b.fw"}, {}), IsEmpty());
  EXPECT_EQ(address_of(pool, "b.fw"), "none");
  EXPECT_THAT(pool.update({}, {"a.fw"}), ElementsAre("b.fw"));
  EXPECT_EQ(address_of(pool, "b.fw"), "11.0.0.0");
  EXPECT_THAT(pool.update({}, {"c.fw"}), IsEmpty());  // Gave up waiting.
}

TEST(AddressPool, GivesBackRememberedAddresses) {
  const std::map<std::string, IpAddress> remembered{{"a", *IpAddress::parse("10.0.0.3")},
                                                    {"b", *IpAddress::parse("10.0.0.3")},
                                                    {"c", *IpAddress::parse("10.9.0.1")}};
  AddressPool pool(prefix("10.0.0.0/24"), remembered);
  pool.update({"a", "b", "c"}, {});
  EXPECT_EQ(address_of(pool, "a"), "10.0.0.3");
  EXPECT_NE(address_of(pool, "b"), "10.0.0.3") << "taken";
  EXPECT_TRUE(address_of(pool, "c").starts_with("10.0.0.")) << "of another pool";
}

TEST(AddressPool, TakesTheWholeAddressSpace) {
  AddressPool pool(prefix("0.0.0.0/0"));
  pool.update({"a.fw"}, {});
  EXPECT_NE(address_of(pool, "a.fw"), "none");
}

}  // namespace
}  // namespace watcher
