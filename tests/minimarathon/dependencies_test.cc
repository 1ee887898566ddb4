#include "minimarathon/dependencies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace minimarathon {
namespace {

using testing::Optional;
using testing::Pair;
using testing::UnorderedElementsAre;

TEST(Dependencies, OfNobodyGiveOneStep) {
  EXPECT_THAT(rank_by_dependencies({"/a", "/b"}, {}),
              Optional(UnorderedElementsAre(Pair("/a", 0), Pair("/b", 0))));
}

TEST(Dependencies, ComeBeforeThoseWhoNeedThem) {
  EXPECT_THAT(
      rank_by_dependencies({"/a", "/b", "/c", "/d"}, {{"/a", {"/b", "/c"}}, {"/b", {"/c"}}}),
      Optional(UnorderedElementsAre(Pair("/a", 2), Pair("/b", 1), Pair("/c", 0), Pair("/d", 0))));
}

TEST(Dependencies, OfAGroupAreThoseOfEveryAppInIt) {
  EXPECT_THAT(
      rank_by_dependencies({"/db/main", "/web/a", "/web/b/c"}, {{"/web", {"/db"}}}),
      Optional(UnorderedElementsAre(Pair("/db/main", 0), Pair("/web/a", 1), Pair("/web/b/c", 1))));
}

TEST(Dependencies, OnWhatDoesNotExistCountNothing) {
  EXPECT_THAT(rank_by_dependencies({"/a"}, {{"/a", {"/b"}}}),
              Optional(UnorderedElementsAre(Pair("/a", 0))));
}

TEST(Dependencies, InACircleAreRefused) {
  EXPECT_EQ(rank_by_dependencies({"/a", "/b"}, {{"/a", {"/b"}}, {"/b", {"/a"}}}), std::nullopt);
  EXPECT_EQ(rank_by_dependencies({"/g/a"}, {{"/g", {"/g/a"}}}), std::nullopt);
}

}  // namespace
}  // namespace minimarathon
