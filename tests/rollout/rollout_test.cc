#include "rollout/rollout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/rollout/pools.h"

namespace rollout {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::good;
using ::testing::HasSubstr;
using ::testing::Pair;
using testing::whole_plan;

class RolloutTest : public ::testing::Test {
 protected:
  bool tick(const Figures& fresh, const Figures& old = good(1000)) {
    return rollout.tick(fresh, old, now);
  }
  void expect_shares(std::uint32_t green, std::uint32_t blue) {
    EXPECT_THAT(rollout.weights().pools, ElementsAre(Pair("/blue", blue), Pair("/green", green)));
  }

  TimePoint now{1h};
  Rollout rollout{whole_plan(), good(0), good(0), now};
};

TEST_F(RolloutTest, GoesFromStepToStepWhileAllIsWell) {
  expect_shares(5, 95);
  std::uint64_t seen = 0;
  for (const std::uint32_t next : {20U, 50U, 100U}) {
    EXPECT_FALSE(tick(good(seen += 100)));  // Not yet.
    now += 60s;
    EXPECT_TRUE(tick(good(seen)));
    expect_shares(next, 100 - next);
  }
  now += 60s;
  EXPECT_FALSE(tick(good(seen + 100)));
  EXPECT_EQ(rollout.state(), State::Done);
  expect_shares(100, 0);
}

TEST_F(RolloutTest, GoesBackAtOnceAndSaysWhy) {
  Figures bad = good(100);
  bad.failures = 30;
  EXPECT_TRUE(tick(bad));
  EXPECT_EQ(rollout.state(), State::Aborted);
  EXPECT_THAT(rollout.reason(), HasSubstr("/green: 30.0 % of 100 connections"));
  expect_shares(0, 100);
  now += 1h;
  EXPECT_FALSE(tick(good(1000)));
  rollout.resume(good(0), good(0), now);
  EXPECT_EQ(rollout.state(), State::Aborted);
}

TEST_F(RolloutTest, WaitsWhereTooLittleTrafficTellsAnything) {
  now += 1h;
  EXPECT_FALSE(tick(good(12)));
  EXPECT_EQ(rollout.state(), State::Running);
  EXPECT_THAT(rollout.reason(), HasSubstr("12 of 50"));
  expect_shares(5, 95);
  EXPECT_TRUE(tick(good(50)));
  EXPECT_EQ(rollout.reason(), "");
}

TEST_F(RolloutTest, JudgesAStepByWhatHappenedInIt) {
  Figures fresh = good(1000);
  now += 60s;
  EXPECT_TRUE(tick(fresh));
  fresh.attempts += 50;
  fresh.failures = 10;  // One percent of all, a fifth of this step.
  EXPECT_TRUE(tick(fresh));
  EXPECT_EQ(rollout.state(), State::Aborted);
}

TEST_F(RolloutTest, StandsStillWhilePaused) {
  rollout.pause("by the operator");
  now += 1h;
  Figures bad = good(100);
  bad.failures = 100;
  EXPECT_FALSE(tick(bad));
  EXPECT_EQ(rollout.state(), State::Paused);
  expect_shares(5, 95);
  rollout.resume(bad, good(1000), now);
  EXPECT_FALSE(tick(bad, good(1000)));  // What went wrong meanwhile is known to the operator.
  EXPECT_EQ(rollout.state(), State::Running);
}

TEST_F(RolloutTest, PausesWhenTheOldPoolIsGone) {
  EXPECT_FALSE(tick(good(100), Figures{}));
  EXPECT_EQ(rollout.state(), State::Paused);
  EXPECT_THAT(rollout.reason(), HasSubstr("/blue has no backends"));
  expect_shares(5, 95);
}

TEST_F(RolloutTest, GoesBackWhenTheNewPoolIsGone) {
  EXPECT_TRUE(tick(Figures{}));
  EXPECT_EQ(rollout.state(), State::Aborted);
}

TEST_F(RolloutTest, IsEndedByTheOperator) {
  rollout.abort("by the operator");
  EXPECT_TRUE(rollout.is_over());
  expect_shares(0, 100);
}

}  // namespace
}  // namespace rollout
