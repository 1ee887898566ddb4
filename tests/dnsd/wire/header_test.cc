#include "dnsd/wire/header.h"

#include <gtest/gtest.h>

#include <array>

namespace dnsd {
namespace {

TEST(Header, IsTakenApart) {
  constexpr std::array<std::uint8_t, 12> kOctets{0x12, 0x34, 0xa7, 0xf5, 0, 1, 0, 2, 0, 3, 0, 4};
  Reader reader(kOctets);
  const auto header = Header::parse(reader);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->id, 0x1234);
  EXPECT_TRUE(header->response);
  EXPECT_EQ(header->opcode, Opcode::Notify);
  EXPECT_TRUE(header->authoritative);
  EXPECT_TRUE(header->truncated);
  EXPECT_TRUE(header->recursion_desired);
  EXPECT_EQ(header->rcode, Rcode::Refused);
  EXPECT_EQ(header->questions, 1);
  EXPECT_EQ(header->additionals, 4);
  EXPECT_TRUE(reader.at_end());
}

TEST(Header, NeverSetsFlagsOfOthers) {
  constexpr std::array<std::uint8_t, 12> kAllOnes{0xff, 0xff, 0xff, 0xff};
  Reader reader(kAllOnes);
  const auto header = Header::parse(reader);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->flags(), 0xff8f);  // Z, AD and CD are clear.
}

TEST(Header, KeepsTheUpperBitsOfTheRcodeToItself) {
  Header header;
  header.rcode = Rcode::BadVers;
  EXPECT_EQ(header.flags(), 0);
}

TEST(Header, IsTwelveOctets) {
  constexpr std::array<std::uint8_t, 11> kShort{};
  Reader reader(kShort);
  EXPECT_FALSE(Header::parse(reader));
}

}  // namespace
}  // namespace dnsd
