#include "dnsd/wire/rdata.h"

#include <gtest/gtest.h>

#include <string>

namespace dnsd {
namespace {

using common::IpAddress;
using namespace std::string_literals;

TEST(Rdata, HoldsAddressesOfBothFamilies) {
  const auto v4 = IpAddress::parse("10.0.0.7").value();
  const auto v6 = IpAddress::parse("fd01::2").value();
  EXPECT_EQ(address_type(v4), RrType::A);
  EXPECT_EQ(address_rdata(v4), "\x0a\0\0\x07"s);
  EXPECT_EQ(address_type(v6), RrType::Aaaa);
  EXPECT_EQ(address_rdata(v6), "\xfd\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\x02"s);
}

TEST(Rdata, HoldsServices) {
  const Srv srv{.priority = 1, .weight = 2, .port = 31001, .target = *Name::from_text("a.b")};
  EXPECT_EQ(srv_rdata(srv), "\0\1\0\2\x79\x19\1a\1b\0"s);
  EXPECT_EQ(srv_rdata(srv).substr(Srv::kTargetOffset), srv.target.wire());
}

TEST(Rdata, HoldsTheStartOfAZone) {
  Soa soa;
  soa.name_server = *Name::from_text("ns1");
  soa.mailbox = *Name::from_text("root");
  soa.serial = 0x01020304;
  soa.refresh_s = 1;
  soa.retry_s = 2;
  soa.expire_s = 3;
  soa.minimum_s = 4;
  EXPECT_EQ(soa_rdata(soa), "\3ns1\0\4root\0\1\2\3\4\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4"s);
}

}  // namespace
}  // namespace dnsd
