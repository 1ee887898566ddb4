#include "dnsd/wire/opt.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dnsd {
namespace {

using namespace std::string_literals;

/// What read_opt() makes of the octets behind the TYPE field.
std::optional<Edns> parsed(const std::string& text) {
  static std::vector<std::uint8_t> octets;  // The result points into it.
  octets.assign(text.begin(), text.end());
  Reader reader(octets);
  Edns edns;
  return read_opt(reader, edns) ? std::optional(edns) : std::nullopt;
}

TEST(Opt, TellsSizeAndVersion) {
  const auto edns = parsed("\x10\0\0\1\x80\0\0\0"s);
  ASSERT_TRUE(edns);
  EXPECT_EQ(edns->udp_payload, 4096);
  EXPECT_EQ(edns->version, 1);
}

TEST(Opt, SkipsOptions) {
  EXPECT_TRUE(parsed("\x10\0\0\0\0\0\0\4\0\x64\0\0"s));                 // One, empty.
  EXPECT_TRUE(parsed("\x10\0\0\0\0\0\0\x0b\0\x64\0\0\0\x65\0\3abc"s));  // Two.
}

TEST(Opt, RefusesOptionsOfWrongLength) {
  EXPECT_FALSE(parsed("\x10\0\0\0\0\0\0\3\0\x64\0"s));     // Cut in its length.
  EXPECT_FALSE(parsed("\x10\0\0\0\0\0\0\5\0\x64\0\2a"s));  // Longer than the record.
  EXPECT_FALSE(parsed("\x10\0\0\0\0\0\0\4\0\x64"s));       // Longer than the message.
  EXPECT_FALSE(parsed("\x10\0\0\0\0\0\0"s));
}

TEST(Opt, TakesTheFirstOfEqualOptions) {
  const auto edns =
      parsed("\x10\0\0\0\0\0\0\x18\0\x0a\0\x08"s + "12345678" + "\0\x0a\0\x08"s + "87654321");
  ASSERT_TRUE(edns);
  EXPECT_EQ(std::string(edns->cookie.begin(), edns->cookie.end()), "12345678");
}

TEST(Opt, LeavesOutOptionsThatDoNotFit) {
  OptionList list;
  const std::vector<std::uint8_t> long_data(OptionList::kMaxSize - 4 - 6);
  list.add(EdnsOption::Nsid, long_data);
  list.add_u16(EdnsOption::ExtendedError, 14);
  EXPECT_EQ(list.octets().size(), OptionList::kMaxSize);
  list.add_u16(EdnsOption::ExtendedError, 15);
  EXPECT_EQ(list.octets().size(), OptionList::kMaxSize);
}

TEST(Opt, CarriesTheUpperBitsOfTheRcode) {
  const auto opt = make_opt(1232, Rcode::BadVers);
  const std::vector<std::uint8_t> expected{0, 0, 41, 0x04, 0xd0, 1, 0, 0, 0, 0, 0};
  EXPECT_EQ(std::vector<std::uint8_t>(opt.begin(), opt.end()), expected);
  EXPECT_EQ(make_opt(1232, Rcode::NxDomain)[5], 0);
}

}  // namespace
}  // namespace dnsd
