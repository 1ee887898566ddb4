#include "dnsd/wire/reader.h"

#include <gtest/gtest.h>

#include <array>

namespace dnsd {
namespace {

constexpr std::array<std::uint8_t, 7> kOctets{1, 2, 3, 4, 5, 6, 7};

TEST(Reader, ReadsNumbersInNetworkOrder) {
  Reader reader(kOctets);
  EXPECT_EQ(reader.u8(), 0x01);
  EXPECT_EQ(reader.u16(), 0x0203);
  EXPECT_EQ(reader.u32(), 0x04050607U);
  EXPECT_TRUE(reader.at_end());
}

TEST(Reader, StaysWhereItIsWhenThereIsTooLittle) {
  Reader reader(kOctets, 6);
  EXPECT_FALSE(reader.u16());
  EXPECT_FALSE(reader.u32());
  EXPECT_FALSE(reader.take(2));
  EXPECT_EQ(reader.position(), 6U);
  EXPECT_EQ(reader.u8(), 7);
  EXPECT_FALSE(reader.u8());
}

TEST(Reader, TakesWholePieces) {
  Reader reader(kOctets);
  const auto piece = reader.take(3);
  ASSERT_TRUE(piece);
  EXPECT_EQ(piece->size(), 3U);
  EXPECT_EQ(piece->front(), 1);
  EXPECT_EQ(reader.remaining(), 4U);
  EXPECT_TRUE(reader.take(0));
}

TEST(Reader, MayStartBeyondTheEnd) {
  Reader reader = Reader(kOctets).at(100);
  EXPECT_EQ(reader.remaining(), 0U);
  EXPECT_FALSE(reader.u8());
}

}  // namespace
}  // namespace dnsd
