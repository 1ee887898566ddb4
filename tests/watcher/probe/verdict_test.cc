#include "watcher/probe/verdict.h"

#include <gtest/gtest.h>

namespace watcher {
namespace {

TEST(Verdict, IsUnknownBeforeTheFirstResult) {
  const Verdict verdict({.rise = 2, .fall = 3});
  EXPECT_EQ(verdict.health(), Health::Unknown);
  EXPECT_FALSE(verdict.is_steady());
}

TEST(Verdict, IsDecidedByTheFirstResult) {
  Verdict good({.rise = 2, .fall = 3});
  EXPECT_EQ(good.observe(true), Health::Passing);
  EXPECT_TRUE(good.is_steady());
  Verdict bad({.rise = 2, .fall = 3});
  EXPECT_EQ(bad.observe(false), Health::Failing);
  EXPECT_FALSE(bad.is_steady());
}

TEST(Verdict, FallsAfterFailuresInARow) {
  Verdict verdict({.rise = 2, .fall = 3});
  verdict.observe(true);
  EXPECT_EQ(verdict.observe(false), std::nullopt);
  EXPECT_FALSE(verdict.is_steady());
  EXPECT_EQ(verdict.observe(false), std::nullopt);
  EXPECT_EQ(verdict.observe(true), std::nullopt);  // Starts the row anew.
  EXPECT_TRUE(verdict.is_steady());
  EXPECT_EQ(verdict.observe(false), std::nullopt);
  EXPECT_EQ(verdict.observe(false), std::nullopt);
  EXPECT_EQ(verdict.observe(false), Health::Failing);
  EXPECT_EQ(verdict.observe(false), std::nullopt);
}

TEST(Verdict, RisesAfterPassesInARow) {
  Verdict verdict({.rise = 2, .fall = 3});
  verdict.observe(false);
  EXPECT_EQ(verdict.observe(true), std::nullopt);
  EXPECT_EQ(verdict.observe(false), std::nullopt);
  EXPECT_EQ(verdict.observe(true), std::nullopt);
  EXPECT_EQ(verdict.observe(true), Health::Passing);
}

TEST(Verdict, TurnsAtOnceWithLimitsOfOne) {
  Verdict verdict({.rise = 1, .fall = 1});
  EXPECT_EQ(verdict.observe(true), Health::Passing);
  EXPECT_EQ(verdict.observe(false), Health::Failing);
  EXPECT_EQ(verdict.observe(true), Health::Passing);
}

}  // namespace
}  // namespace watcher
