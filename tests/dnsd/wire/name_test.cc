#include "dnsd/wire/name.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dnsd {
namespace {

using namespace std::string_literals;

std::vector<std::uint8_t> octets(const std::string& text) { return {text.begin(), text.end()}; }

/// Parses the name at `position`; the text of it, or "refused".
std::string parsed(const std::string& message, std::size_t position = 0) {
  const auto bytes = octets(message);
  Reader reader(bytes, position);
  const auto name = Name::parse(reader);
  return name ? name->to_text() : "refused";
}

TEST(Name, IsTheRootAtFirst) {
  EXPECT_EQ(Name().wire(), "\0"s);
  EXPECT_EQ(Name().to_text(), ".");
}

TEST(Name, IsReadFromAMessage) {
  EXPECT_EQ(parsed("\3web\5mesos\0"s), "web.mesos.");
  EXPECT_EQ(parsed("\0"s), ".");
}

TEST(Name, LeavesTheReaderBehindItself) {
  const auto bytes = octets("\3web\0rest"s);
  Reader reader(bytes);
  ASSERT_TRUE(Name::parse(reader));
  EXPECT_EQ(reader.position(), 5U);
}

TEST(Name, FollowsPointersBackwards) {
  const std::string message = "\5mesos\0\3web\xc0\0rest"s;
  EXPECT_EQ(parsed(message, 7), "web.mesos.");
  const auto bytes = octets(message);
  Reader reader(bytes, 7);
  ASSERT_TRUE(Name::parse(reader));
  EXPECT_EQ(reader.position(), 13U);  // Behind the pointer, not behind where it leads.
}

TEST(Name, RefusesPointerLoops) {
  EXPECT_EQ(parsed("\xc0\0"s), "refused");           // To itself.
  EXPECT_EQ(parsed("\3web\xc0\0"s), "refused");      // To its own beginning.
  EXPECT_EQ(parsed("\xc0\2\xc0\0"s), "refused");     // Forwards.
  EXPECT_EQ(parsed("\xc0\2\xc0\0"s, 2), "refused");  // Back to a pointer that leads forwards.
}

TEST(Name, RefusesPointersPastTheEnd) { EXPECT_EQ(parsed("\0\xc0\xff"s, 1), "refused"); }

TEST(Name, BoundsThePointersItFollows) {
  std::string chain = "\1a\0"s;
  std::size_t last = 0;
  for (int i = 0; i < 200; ++i) {
    const std::size_t here = chain.size();
    chain += static_cast<char>(0xc0 | last >> 8);
    chain += static_cast<char>(last);
    last = here;
  }
  EXPECT_EQ(parsed(chain, 3), "a.");
  EXPECT_EQ(parsed(chain, last), "refused");
}

TEST(Name, RefusesUnknownLabelTypes) {
  EXPECT_EQ(parsed("\x40web\0"s), "refused");
  EXPECT_EQ(parsed("\x80web\0"s), "refused");
}

TEST(Name, RefusesWhatIsCutShort) {
  EXPECT_EQ(parsed(""), "refused");
  EXPECT_EQ(parsed("\3we"s), "refused");
  EXPECT_EQ(parsed("\3web"s), "refused");
  EXPECT_EQ(parsed("\xc0"s), "refused");
}

TEST(Name, HoldsAtMost255Octets) {
  std::string longest;
  for (int i = 0; i < 127; ++i) longest += "\1a";
  EXPECT_NE(parsed(longest + "\0"s), "refused");  // 127 labels of two octets, and the root.
  EXPECT_EQ(parsed(longest + "\1a\0"s), "refused");
  std::string wide;
  for (int i = 0; i < 4; ++i) wide += "\x3f" + std::string(63, 'a');
  EXPECT_EQ(parsed(wide + "\0"s), "refused");  // 257
}

TEST(Name, KeepsAnyOctetInALabel) {
  const std::string odd = "\5a.\\\0\xff\0"s;
  EXPECT_EQ(parsed(odd), "a\\.\\\\\\000\\255.");
  const auto back = Name::from_text(parsed(odd));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->wire(), odd);
}

TEST(Name, TakesTextWithAndWithoutTheFinalDot) {
  EXPECT_EQ(Name::from_text("web.mesos")->wire(), "\3web\5mesos\0"s);
  EXPECT_EQ(Name::from_text("web.mesos.")->wire(), "\3web\5mesos\0"s);
  EXPECT_EQ(Name::from_text(".")->wire(), "\0"s);
}

TEST(Name, RefusesTextThatIsNoName) {
  for (const char* text : {"", "..", ".web", "web..mesos", "web\\", "web\\25", "web\\256"}) {
    EXPECT_FALSE(Name::from_text(text)) << text;
  }
  EXPECT_FALSE(Name::from_text(std::string(64, 'a')));
}

TEST(Name, AppendsAllOrNothing) {
  Name name;
  EXPECT_TRUE(name.append_labels("web.marathon"));
  EXPECT_FALSE(name.append_labels("x..y"));
  EXPECT_FALSE(name.append_labels("x." + std::string(64, 'a')));
  EXPECT_EQ(name.to_text(), "web.marathon.");
  EXPECT_TRUE(name.append(*Name::from_text("mesos")));
  EXPECT_EQ(name.to_text(), "web.marathon.mesos.");
}

TEST(Name, AppendsUpTo255Octets) {
  Name name;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(name.append_label(std::string(63, 'a')));
  Name fits = name;  // 193 octets so far.
  EXPECT_TRUE(fits.append(*Name::from_text(std::string(61, 'b'))));
  EXPECT_EQ(fits.size(), Name::kMaxSize);
  EXPECT_FALSE(fits.append_label("c"));
  EXPECT_FALSE(name.append(*Name::from_text(std::string(62, 'b'))));
  EXPECT_EQ(name.size(), 193U);
}

TEST(Name, LowersLettersOnly) {
  auto name = *Name::from_text("WEB-1_[@`{.\\223");
  name.make_lower();
  EXPECT_EQ(name.to_text(), "web-1_[@`{.\\223.");
}

/// Read octet by octet or several at a time, whatever stands beside it.
TEST(Name, LowersEachOctetAsIfItWereAlone) {
  for (unsigned value = 0; value < 256; ++value) {
    const auto octet = static_cast<char>(value);
    const char lowered = value >= 'A' && value <= 'Z' ? static_cast<char>(octet + 0x20) : octet;
    for (std::size_t before = 0; before < 20; ++before) {
      const std::string label = std::string(before, '\x7f') + octet + std::string(before % 3, 'Z');
      const auto bytes = octets(static_cast<char>(label.size()) + label + "\0"s);
      Reader reader(bytes);
      Name name;
      ASSERT_TRUE(name.read_key(reader));
      EXPECT_EQ(name.wire()[1 + before], lowered) << value << " behind " << before;
      EXPECT_EQ(name.wire().substr(2 + before), std::string(before % 3, 'z') + "\0"s);
    }
  }
}

TEST(IsAtOrBelow, ComparesWholeLabels) {
  const std::string apex = "\5mesos\0"s;
  EXPECT_TRUE(is_at_or_below("\5mesos\0"s, apex));
  EXPECT_TRUE(is_at_or_below("\3web\5mesos\0"s, apex));
  EXPECT_FALSE(is_at_or_below("\6xmesos\0"s, apex));
  EXPECT_FALSE(is_at_or_below("\7x\5mesos\0"s, apex));  // The same octets, inside a label.
  EXPECT_FALSE(is_at_or_below("\0"s, apex));
}

TEST(ParentOf, DropsTheFirstLabel) {
  EXPECT_EQ(parent_of("\3web\5mesos\0"s), "\5mesos\0"s);
  EXPECT_EQ(parent_of("\5mesos\0"s), "\0"s);
}

}  // namespace
}  // namespace dnsd
