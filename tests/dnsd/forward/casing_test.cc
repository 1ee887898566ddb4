#include "dnsd/forward/casing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "dnsd/wire/name.h"

namespace dnsd {
namespace {

constexpr SipKey kSecret{1, 2, 3};

std::vector<std::uint8_t> question(std::string_view name) {
  const Name wire = Name::from_text(name).value();
  std::vector<std::uint8_t> octets(wire.wire().begin(), wire.wire().end());
  octets.insert(octets.end(), {0, 1, 0, 1});
  return octets;
}

TEST(Casing, ChangesNothingButTheCaseOfLetters) {
  const auto asked = question("www.some-very-long-name-0123456789.example");
  auto cased = asked;
  Casing(kSecret).apply(cased, 7);
  EXPECT_NE(cased, asked);
  std::transform(cased.begin(), cased.end(), cased.begin(), [](std::uint8_t octet) {
    return static_cast<std::uint8_t>(std::tolower(octet));
  });
  EXPECT_EQ(cased, asked);
}

TEST(Casing, DiffersByNameSecretAndMinute) {
  const auto asked =
      question("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example");
  auto first = asked;
  auto later = asked;
  auto other = asked;
  Casing(kSecret).apply(first, 7);
  Casing(kSecret).apply(later, 8);
  Casing(SipKey{9}).apply(other, 7);
  EXPECT_NE(first, later);
  EXPECT_NE(first, other);
}

TEST(Casing, KnowsItsOwnQuestions) {
  const Casing casing(kSecret);
  auto asked = question("host.department.corporation.example");
  EXPECT_FALSE(casing.is_ours(asked, 7));  // As an ordinary client asks.
  casing.apply(asked, 7);
  EXPECT_TRUE(casing.is_ours(asked, 7));
  EXPECT_TRUE(casing.is_ours(asked, 8));
  EXPECT_FALSE(casing.is_ours(asked, 9));
  EXPECT_FALSE(Casing(SipKey{9}).is_ours(asked, 7));
}

TEST(Casing, DoesNotJudgeByFewLetters) {
  const Casing casing(kSecret);
  auto asked = question("ab.example");
  casing.apply(asked, 7);
  EXPECT_FALSE(casing.is_ours(asked, 7));
  EXPECT_FALSE(casing.is_ours({}, 7));
}

}  // namespace
}  // namespace dnsd
