#include "minimarathon/check_state.h"

#include <gtest/gtest.h>

namespace minimarathon {
namespace {

using std::chrono::seconds;

/// One check of one task that started at second 0.
struct Check {
  HealthCheck rule;
  CheckState state{};
  int second = 0;

  CheckState::Verdict see(const CheckResult& result) {
    const WallTime start{};
    return state.observe(rule, result, start, start + seconds(++second));
  }
  CheckState::Verdict pass() { return see({.passed = true}); }
  CheckState::Verdict fail() { return see({.cause = "503 Service Unavailable"}); }
};

HealthCheck by_marathon(std::uint32_t max) { return {.grace = seconds(0), .max_failures = max}; }
HealthCheck by_executor(std::uint32_t max) {
  return {.by_executor = true, .grace = seconds(0), .max_failures = max};
}

TEST(CheckState, KnowsNothingBeforeTheFirstCountedResult) {
  Check check{.rule = {.grace = seconds(10), .max_failures = 1}};
  EXPECT_FALSE(check.fail().counted);
  EXPECT_FALSE(check.state.known());
  EXPECT_FALSE(check.see({.ignored = true}).flipped);
  EXPECT_FALSE(check.state.known());
}

TEST(CheckState, FlipsWithTheFirstSuccessAndTheFirstFailureAfterIt) {
  Check check{.rule = by_marathon(3)};
  EXPECT_TRUE(check.pass().flipped);
  EXPECT_FALSE(check.pass().flipped);
  EXPECT_TRUE(check.fail().flipped);
  EXPECT_FALSE(check.fail().flipped);
  EXPECT_EQ(check.state.failures(), 2U);
  EXPECT_EQ(check.state.cause(), "503 Service Unavailable");
  EXPECT_TRUE(check.pass().flipped);
  EXPECT_EQ(check.state.failures(), 0U);
}

TEST(CheckState, AFailureBeforeAnySuccessIsNoFlip) {
  Check check{.rule = by_marathon(3)};
  const auto verdict = check.fail();
  EXPECT_TRUE(verdict.counted);
  EXPECT_FALSE(verdict.flipped);
  EXPECT_TRUE(check.state.known());
}

TEST(CheckState, GraceEndsWithTheFirstSuccess) {
  Check check{.rule = {.grace = seconds(100), .max_failures = 1}};
  check.pass();
  EXPECT_TRUE(check.fail().counted);
}

TEST(CheckState, MarathonKillsAtTheFailureAfterTheLimit) {
  Check check{.rule = by_marathon(2)};
  EXPECT_FALSE(check.fail().kill);
  EXPECT_FALSE(check.fail().kill);
  EXPECT_TRUE(check.fail().kill);
}

TEST(CheckState, MarathonNeverKillsWithoutALimit) {
  Check check{.rule = by_marathon(0)};
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(check.fail().kill);
}

TEST(CheckState, TheExecutorKillsAtTheLimitAndAtOnceWithoutOne) {
  Check limited{.rule = by_executor(2)};
  EXPECT_FALSE(limited.fail().kill);
  EXPECT_TRUE(limited.fail().kill);
  Check strict{.rule = by_executor(0)};
  EXPECT_TRUE(strict.fail().kill);
}

}  // namespace
}  // namespace minimarathon
