#include "common/ip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unordered_set>

namespace common {
namespace {

using ::testing::HasSubstr;

std::string reprinted(std::string_view text) {
  const auto address = IpAddress::parse(text);
  return address ? address->to_string() : "refused";
}

TEST(IpAddress, ReadsAndPrintsBothFamilies) {
  EXPECT_EQ(reprinted("10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(reprinted("255.255.255.255"), "255.255.255.255");
  EXPECT_EQ(reprinted("2001:DB8:0:0:0:0:0:1"), "2001:db8::1");  // RFC 5952
  EXPECT_EQ(reprinted("::"), "::");
}

TEST(IpAddress, TakesMappedAddressesForIpv4) {
  EXPECT_EQ(reprinted("::ffff:10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(IpAddress::parse("::ffff:10.0.0.1"), IpAddress::parse("10.0.0.1"));
}

TEST(IpAddress, RefusesWhatIsNone) {
  for (const char* text : {"",
                           "1.2.3",
                           "1.2.3.4.5",
                           "1.2.3.256",
                           "01.2.3.4",
                           " 1.2.3.4",
                           "[::1]",
                           "fe80::1%eth0",
                           "host",
                           "::1::"}) {
    EXPECT_EQ(reprinted(text), "refused") << text;
  }
  EXPECT_EQ(reprinted(std::string_view("1.2.3.4\0", 8)), "refused");
  EXPECT_EQ(reprinted(std::string(200, '1')), "refused");
}

TEST(IpAddress, KnowsSpecialRanges) {
  const auto ip = [](const char* text) { return IpAddress::parse(text).value(); };
  EXPECT_TRUE(ip("0.0.0.0").is_unspecified());
  EXPECT_TRUE(ip("::").is_unspecified());
  EXPECT_TRUE(ip("127.8.9.1").is_loopback());
  EXPECT_TRUE(ip("::1").is_loopback());
  EXPECT_FALSE(ip("128.0.0.1").is_loopback());
  EXPECT_FALSE(ip("1::1").is_loopback());
  EXPECT_TRUE(ip("224.0.0.1").is_multicast());
  EXPECT_TRUE(ip("239.255.255.255").is_multicast());
  EXPECT_FALSE(ip("240.0.0.1").is_multicast());
  EXPECT_TRUE(ip("ff02::1").is_multicast());
}

TEST(IpAddress, GivesHostAndNetworkOrder) {
  const IpAddress address = IpAddress::v4(0x0a000001);
  EXPECT_EQ(address.to_string(), "10.0.0.1");
  EXPECT_EQ(address.to_v4(), 0x0a000001U);
  EXPECT_EQ(address.bytes().size(), 4U);
  EXPECT_EQ(address.bytes()[0], 10);
  EXPECT_EQ(IpAddress::parse("::1")->bytes().size(), 16U);
}

TEST(SocketAddress, ReadsAndPrintsBothFamilies) {
  for (const char* text : {"127.0.0.1:53", "[::1]:53", "0.0.0.0:0", "[2001:db8::1]:65535"}) {
    const auto address = SocketAddress::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->to_string(), text);
  }
}

TEST(SocketAddress, SaysWhatIsWrong) {
  for (const char* text : {"",
                           "127.0.0.1",
                           "127.0.0.1:",
                           "127.0.0.1:65536",
                           "::1:53",
                           "[::1]",
                           "[127.0.0.1]:53",
                           "localhost:53",
                           ":53"}) {
    const auto address = SocketAddress::parse(text);
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error().code, ErrorCode::InvalidInput);
    EXPECT_THAT(address.error().message, HasSubstr("127.0.0.1:53 or [::1]:53"));
  }
}

TEST(SocketAddress, SurvivesTheKernelsForm) {
  for (const char* text : {"10.1.2.3:8080", "[2001:db8::1]:443"}) {
    const SocketAddress address = SocketAddress::parse(text).value();
    sockaddr_storage storage;
    const socklen_t length = address.to_sockaddr(storage);
    EXPECT_EQ(length, address.ip.is_v4() ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
    EXPECT_EQ(SocketAddress::from(storage), address);
  }
}

TEST(SocketAddress, HashesByAddressAndPort) {
  std::unordered_set<SocketAddress> seen;
  for (std::uint32_t host = 0; host < 50; ++host) {
    for (std::uint16_t port = 0; port < 50; ++port) seen.insert({IpAddress::v4(host), port});
  }
  EXPECT_EQ(seen.size(), 2500U);
}

TEST(Ipv4Prefix, ReadsAndPrints) {
  const auto prefix = Ipv4Prefix::parse("11.0.0.0/8");
  ASSERT_TRUE(prefix);
  EXPECT_EQ(prefix->to_string(), "11.0.0.0/8");
  EXPECT_EQ(IpAddress::v4(prefix->last()).to_string(), "11.255.255.255");
  EXPECT_EQ(Ipv4Prefix::parse("0.0.0.0/0")->last(), 0xffffffffU);
  EXPECT_EQ(Ipv4Prefix::parse("10.0.0.1/32")->last(), 0x0a000001U);
}

TEST(Ipv4Prefix, RefusesWhatIsNoRange) {
  for (const char* text :
       {"", "11.0.0.0", "11.0.0.0/", "11.0.0.0/33", "11.0.0.0/-1", "::/8", "/8"}) {
    const auto prefix = Ipv4Prefix::parse(text);
    ASSERT_FALSE(prefix) << text;
    EXPECT_THAT(prefix.error().message, HasSubstr("such as 11.0.0.0/8"));
  }
}

TEST(Ipv4Prefix, RefusesBitsBehindThePrefix) {
  for (const char* text : {"11.0.0.1/8", "10.0.0.1/31", "128.0.0.0/0"}) {
    const auto prefix = Ipv4Prefix::parse(text);
    ASSERT_FALSE(prefix) << text;
    EXPECT_THAT(prefix.error().message, HasSubstr("behind its prefix"));
  }
}

TEST(Ipv4Prefix, ContainsItsAddressesOnly) {
  const Ipv4Prefix prefix = Ipv4Prefix::parse("10.1.0.0/16").value();
  EXPECT_TRUE(prefix.contains(IpAddress::parse("10.1.0.0").value()));
  EXPECT_TRUE(prefix.contains(IpAddress::parse("10.1.255.255").value()));
  EXPECT_FALSE(prefix.contains(IpAddress::parse("10.2.0.0").value()));
  EXPECT_FALSE(prefix.contains(IpAddress::parse("::1").value()));
}

}  // namespace
}  // namespace common
