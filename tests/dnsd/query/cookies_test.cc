// The examples of RFC 9018 appendix A: what other servers make of the same secret.
#include "dnsd/query/cookies.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace dnsd {
namespace {

std::vector<std::uint8_t> unhex(std::string_view text) {
  std::vector<std::uint8_t> octets;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    octets.push_back(
        static_cast<std::uint8_t>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
  }
  return octets;
}

SipKey key(std::string_view text) {
  SipKey key{};
  const auto octets = unhex(text);
  std::copy(octets.begin(), octets.end(), key.begin());
  return key;
}

std::vector<std::uint8_t> baked(const CookieJar& jar,
                                std::string_view client_cookie,
                                std::string_view address,
                                std::uint32_t now_s) {
  const auto cookie =
      jar.bake(unhex(client_cookie), common::IpAddress::parse(address).value(), now_s);
  return {cookie.begin(), cookie.end()};
}

const CookieJar kJar(key("e5e973e5a6b2a43f48e7dc849e37bfcf"));
constexpr std::string_view kClient = "198.51.100.100";
constexpr std::string_view kCookie = "2464c4abcf10c957010000005cf79f111f8130c3eee29480";
constexpr std::uint32_t kTime = 0x5cf79f11;

bool is_ours(std::string_view cookie, std::string_view client, std::uint32_t now_s) {
  return kJar.is_ours(unhex(cookie), common::IpAddress::parse(client).value(), now_s);
}

TEST(Cookies, AreThoseOfOtherServers) {
  EXPECT_EQ(baked(kJar, "2464c4abcf10c957", kClient, kTime), unhex(kCookie));
  EXPECT_EQ(baked(kJar, kCookie, kClient, 0x5cf7a871),
            unhex("2464c4abcf10c957010000005cf7a871d4a564a1442aca77"));
  EXPECT_EQ(baked(kJar, "fc93fc62807ddb86", "203.0.113.203", 0x5cf7a9ac),
            unhex("fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e"));
  const CookieJar other(key("445536bcd2513298075a5d379663c962"));
  EXPECT_EQ(baked(other, "22681ab97d52c298", "2001:db8:220:1:59de:d0f4:8769:82b8", 0x5cf7c609),
            unhex("22681ab97d52c298010000005cf7c609a6bb79d16625507a"));
}

TEST(Cookies, AreTakenForAnHourAndFromClocksAhead) {
  EXPECT_TRUE(is_ours(kCookie, kClient, kTime));
  EXPECT_TRUE(is_ours(kCookie, kClient, kTime + 3600));
  EXPECT_FALSE(is_ours(kCookie, kClient, kTime + 3601));
  EXPECT_TRUE(is_ours(kCookie, kClient, kTime - 300));
  EXPECT_FALSE(is_ours(kCookie, kClient, kTime - 301));
}

TEST(Cookies, HaveReservedOctetsThatOthersMayUse) {
  EXPECT_TRUE(
      is_ours("fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5", "203.0.113.203", 0x5cf78f71));
}

TEST(Cookies, OfOthersAreNotOurs) {
  EXPECT_FALSE(is_ours(kCookie, "198.51.100.101", kTime));
  EXPECT_FALSE(is_ours("2464c4abcf10c957", kClient, kTime));
  EXPECT_FALSE(is_ours("2464c4abcf10c957020000005cf79f111f8130c3eee29480", kClient, kTime));
  EXPECT_FALSE(is_ours("2464c4abcf10c958010000005cf79f111f8130c3eee29480", kClient, kTime));
  EXPECT_FALSE(is_ours("2464c4abcf10c957010000005cf79f111f8130c3eee29481", kClient, kTime));
}

TEST(Cookies, OfThePreviousSecretAreTakenAndRenewed) {
  const CookieJar jar(key("445536bcd2513298075a5d379663c962"),
                      key("dd3bdf9344b678b185a6f5cb60fca715"));
  const auto client = common::IpAddress::parse("2001:db8:220:1:59de:d0f4:8769:82b8").value();
  const auto old = unhex("22681ab97d52c298010000005cf7c57926556bd0934c72f8");
  EXPECT_TRUE(jar.is_ours(old, client, 0x5cf7c609));
  EXPECT_FALSE(CookieJar(key("445536bcd2513298075a5d379663c962")).is_ours(old, client, 0x5cf7c609));
}

}  // namespace
}  // namespace dnsd
