#include "config/types.h"

#include <gtest/gtest.h>

namespace config {
namespace {

using namespace std::chrono_literals;

template <class T>
std::string reprint(std::string_view text) {
  const Parsed<T> value = Type<T>::parse(text);
  return value ? Type<T>::print(*value) : "refused: " + value.error();
}

TEST(Duration, IsReadWithItsUnitAndPrintedInTheLargest) {
  EXPECT_EQ(Type<Milliseconds>::parse("90s"), 90s);
  EXPECT_EQ(reprint<Milliseconds>("90s"), "90s");
  EXPECT_EQ(reprint<Milliseconds>("120s"), "2m");
  EXPECT_EQ(reprint<Milliseconds>("48h"), "48h");
  EXPECT_EQ(reprint<Milliseconds>("1500ms"), "1500ms");
  EXPECT_EQ(reprint<Milliseconds>("0"), "0s");
  EXPECT_EQ(reprint<Milliseconds>("0h"), "0s");
}

TEST(Duration, IsRefusedWithoutAKnownUnit) {
  EXPECT_EQ(reprint<Milliseconds>("10"), "refused: add the unit, e.g. 10s");
  EXPECT_EQ(reprint<Milliseconds>("10sec"), "refused: units are ms, s, m and h");
  EXPECT_EQ(reprint<Milliseconds>("1d"), "refused: units are ms, s, m and h");
  EXPECT_EQ(reprint<Milliseconds>("1.5s"), "refused: units are ms, s, m and h");
  EXPECT_EQ(reprint<Milliseconds>("-5s"), "refused: ");
  EXPECT_EQ(reprint<Milliseconds>("s"), "refused: ");
  EXPECT_EQ(reprint<Milliseconds>(""), "refused: ");
  EXPECT_EQ(reprint<Milliseconds>("9999999999999999999s"), "refused: ");
  EXPECT_FALSE(Type<Milliseconds>::parse("9223372036854775807h"));
}

TEST(Duration, OfWholeSecondsRefusesFractions) {
  EXPECT_EQ(reprint<Seconds>("2000ms"), "2s");
  EXPECT_EQ(reprint<Seconds>("1h"), "1h");
  EXPECT_EQ(reprint<Seconds>("500ms"), "refused: ");
  EXPECT_EQ(reprint<Seconds>("5"), "refused: add the unit, e.g. 5s");
}

TEST(Size, IsReadInBytesOrBinaryUnits) {
  EXPECT_EQ(Type<std::uint64_t>::parse("64MiB"), 64U << 20);
  EXPECT_EQ(reprint<std::uint64_t>("65536"), "64KiB");
  EXPECT_EQ(reprint<std::uint64_t>("1025"), "1025");
  EXPECT_EQ(reprint<std::uint64_t>("3GiB"), "3GiB");
  EXPECT_EQ(reprint<std::uint64_t>("0"), "0");
  EXPECT_EQ(reprint<std::uint64_t>("64MB"), "refused: units are KiB, MiB and GiB");
  EXPECT_EQ(reprint<std::uint64_t>("64 MiB"), "refused: units are KiB, MiB and GiB");
  EXPECT_EQ(reprint<std::uint64_t>("-1"), "refused: ");
  EXPECT_FALSE(Type<std::uint64_t>::parse("9223372036854775807GiB"));
}

TEST(Number, IsWhole) {
  EXPECT_EQ(Type<int>::parse("-7"), -7);
  for (const auto* wrong : {"", "1.0", "1e3", "0x10", "7 ", "99999999999"}) {
    EXPECT_FALSE(Type<int>::parse(wrong)) << wrong;
  }
}

TEST(Bool, IsTrueOrFalseAndNothingElse) {
  EXPECT_EQ(Type<bool>::parse("true"), true);
  EXPECT_EQ(reprint<bool>("false"), "false");
  for (const auto* wrong : {"", "yes", "on", "True", "1"}) {
    EXPECT_FALSE(Type<bool>::parse(wrong)) << wrong;
  }
}

TEST(Names, AreThoseOfTheReference) {
  for (const auto* name : {"prefer-passing", "require-passing", "ignore"}) {
    EXPECT_EQ(reprint<DnsHealth>(name), name);
    EXPECT_NE(Type<DnsHealth>::kName.find(name), std::string_view::npos);
  }
  for (const auto* name : {"debug", "info", "warn", "error", "off"}) {
    EXPECT_EQ(reprint<common::log::Level>(name), name);
    EXPECT_NE(Type<common::log::Level>::kName.find(name), std::string_view::npos);
  }
  EXPECT_FALSE(Type<DnsHealth>::parse("passing"));
  EXPECT_FALSE(Type<common::log::Level>::parse("INFO"));
}

TEST(Addresses, AreReadAndPrinted) {
  EXPECT_EQ(reprint<common::IpAddress>("10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(reprint<common::IpAddress>("2001:DB8::1"), "2001:db8::1");
  EXPECT_EQ(reprint<common::SocketAddress>("[::1]:53"), "[::1]:53");
  EXPECT_EQ(reprint<common::Ipv4Prefix>("11.0.0.0/8"), "11.0.0.0/8");
  EXPECT_FALSE(Type<common::IpAddress>::parse("localhost"));
  EXPECT_FALSE(Type<common::SocketAddress>::parse("localhost:53"));
  EXPECT_FALSE(Type<common::Ipv4Prefix>::parse("11.0.0.1/8"));
}

}  // namespace
}  // namespace config
