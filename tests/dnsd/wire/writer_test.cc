#include "dnsd/wire/writer.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace dnsd {
namespace {

constexpr std::array<std::uint8_t, 4> kEntry{0xc0, 0x0c, 1, 2};

TEST(MessageWriter, CountsEachSection) {
  std::array<std::uint8_t, 64> out{};
  MessageWriter writer(out, out.size());
  EXPECT_TRUE(writer.add(Section::Question, kEntry));
  EXPECT_TRUE(writer.add(Section::Answer, kEntry, 3));
  EXPECT_TRUE(writer.add(Section::Additional, kEntry));
  Header header;
  header.id = 0x1234;
  const std::size_t size = writer.finish(header);
  EXPECT_EQ(size, Header::kSize + 12);
  const std::vector<std::uint8_t> expected{0x12, 0x34, 0, 0, 0, 1, 0, 3, 0, 0, 0, 1};
  EXPECT_EQ(std::vector<std::uint8_t>(out.begin(), out.begin() + Header::kSize), expected);
}

TEST(MessageWriter, RefusesWholeWhatDoesNotFit) {
  std::array<std::uint8_t, 64> out{};
  MessageWriter writer(out, Header::kSize + 6);
  EXPECT_TRUE(writer.add(Section::Answer, kEntry));
  EXPECT_FALSE(writer.add(Section::Answer, kEntry));
  EXPECT_EQ(writer.size(), Header::kSize + 4);
  writer.finish({});
  EXPECT_EQ(out[7], 1);
  EXPECT_EQ(out[Header::kSize + 4], 0);  // Nothing was written beyond.
}

TEST(MessageWriter, FillsTheLastOctet) {
  std::array<std::uint8_t, Header::kSize + 4> out{};
  MessageWriter writer(out, out.size());
  EXPECT_TRUE(writer.add(Section::Answer, kEntry));
  EXPECT_FALSE(writer.add(Section::Answer, std::array<std::uint8_t, 1>{}));
}

TEST(MessageWriter, KeepsReservedRoomFree) {
  std::array<std::uint8_t, Header::kSize + 7> out{};
  MessageWriter writer(out, out.size());
  writer.reserve(4);
  EXPECT_FALSE(writer.add(Section::Answer, kEntry));
  writer.release(4);
  EXPECT_TRUE(writer.add(Section::Additional, kEntry));
}

TEST(MessageWriter, ExchangesTheOwnerOfARecord) {
  std::array<std::uint8_t, 64> out{};
  MessageWriter writer(out, out.size());
  EXPECT_TRUE(writer.add_record(Section::Additional, kEntry, 0xc123));
  EXPECT_EQ(out[Header::kSize], 0xc1);
  EXPECT_EQ(out[Header::kSize + 1], 0x23);
  EXPECT_EQ(out[Header::kSize + 2], 1);
}

TEST(MessageWriter, RollsBackAGroup) {
  std::array<std::uint8_t, 64> out{};
  MessageWriter writer(out, out.size());
  writer.add(Section::Additional, kEntry);
  const auto mark = writer.mark(Section::Additional);
  writer.add(Section::Additional, kEntry);
  writer.add(Section::Additional, kEntry);
  writer.roll_back(mark);
  EXPECT_EQ(writer.finish({}), Header::kSize + 4);
  EXPECT_EQ(out[11], 1);
}

}  // namespace
}  // namespace dnsd
