#include "rollout/rollout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

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

TEST_F(RolloutTest, JudgesNoPoolThatIsStillToBeCheckedAfterARestart) {
  Rollout next{rollout.stored(), now};
  next.recover(now);
  Figures unchecked = good(0);
  unchecked.failing = 2;
  EXPECT_FALSE(next.tick(unchecked, good(0), now));
  EXPECT_EQ(next.state(), State::Running);
  EXPECT_TRUE(next.tick(unchecked, good(0), now + Rollout::kRecovery));
  EXPECT_EQ(next.state(), State::Aborted);
}

/// One that scales: Marathon is told what to do by take_order(), and the test answers.
class ScalingRolloutTest : public ::testing::Test {
 protected:
  static Plan scaling() {
    Plan plan = whole_plan();
    plan.scale = {"marathon", false, 300s};
    return plan;
  }
  static Figures seen(std::uint64_t sessions, std::size_t backends) {
    Figures figures = good(sessions);
    figures.backends = backends;
    return figures;
  }
  /// A second passes; Marathon answers every question of it.
  bool tick(const Figures& fresh) {
    now += 1s;
    const bool moved = rollout.tick(fresh, good(1000), now);
    if (rollout.leaving() != nullptr && !moved) rollout.retire(instances, now);
    if (auto order = rollout.take_order(++number)) {
      Outcome outcome;
      if (order->kind == Order::Kind::Look) outcome.app = apps[order->app];
      if (order->kind == Order::Kind::Scale) apps[order->app].instances = order->instances;
      if (order->kind == Order::Kind::Kill)
        apps[order->app].instances -= static_cast<std::uint32_t>(order->tasks.size());
      rollout.answered(number, refusal.value_or(outcome));
    }
    return moved;
  }
  void pass(int seconds, const Figures& fresh) {
    for (int i = 0; i < seconds; ++i) tick(fresh);
  }

  TimePoint now{1h};
  std::map<std::string, App> apps{{"/blue", {4}}, {"/green", {1}}};
  std::vector<Instance> instances;
  std::optional<Outcome> refusal;
  std::uint64_t number = 0;
  Rollout rollout{scaling(), seen(0, 1), good(0), now};
};

TEST_F(ScalingRolloutTest, GivesNoShareBeforeTheInstancesPass) {
  EXPECT_EQ(rollout.percent(), 0U);
  pass(5, seen(0, 1));  // One of four is enough for 5 %.
  EXPECT_EQ(rollout.percent(), 5U);
  pass(60, seen(100, 1));  // And for 20 %.
  pass(10, seen(100, 1));
  EXPECT_EQ(rollout.percent(), 20U);
  pass(60, seen(200, 1));
  pass(10, seen(200, 1));
  EXPECT_EQ(rollout.percent(), 20U) << "50 % takes two";
  EXPECT_EQ(apps["/green"].instances, 2U);
  EXPECT_EQ(rollout.waits_for(), "1 of 2 instances of /green pass");
  tick(seen(200, 2));
  EXPECT_EQ(rollout.percent(), 50U);
}

TEST_F(ScalingRolloutTest, IsJudgedByThoseThatServeWhileOthersStart) {
  pass(5, seen(0, 1));
  pass(61, seen(100, 1));
  pass(5, seen(100, 1));
  pass(61, seen(200, 1));
  Figures starting = seen(200, 4);
  starting.failing = 3;
  pass(5, starting);
  EXPECT_EQ(rollout.state(), State::Running);
  starting.failing = 4;
  EXPECT_TRUE(tick(starting));
  EXPECT_EQ(rollout.state(), State::Aborted);
}

TEST_F(ScalingRolloutTest, PausesWithTheReasonWhenMarathonRefuses) {
  refusal = {Outcome::Kind::Refused, "it answers 403"};
  pass(3, seen(0, 1));
  EXPECT_EQ(rollout.state(), State::Paused);
  EXPECT_THAT(rollout.reason(), HasSubstr("403"));
  EXPECT_EQ(rollout.percent(), 0U);
  refusal.reset();
  rollout.resume(seen(0, 1), good(1000), now);
  pass(5, seen(0, 1));
  EXPECT_EQ(rollout.percent(), 5U);
}

TEST_F(ScalingRolloutTest, TakesAwayWhatItAddedWhenItIsAborted) {
  pass(5, seen(0, 1));
  apps["/green"].instances = 3;
  instances = {{"g.1", 2}, {"g.2", 0}, {"g.3", 0}};
  rollout.abort("by the operator");
  EXPECT_EQ(rollout.percent(), 0U);
  EXPECT_FALSE(rollout.is_settled());
  pass(10, seen(0, 3));
  EXPECT_TRUE(rollout.is_settled());
  EXPECT_EQ(apps["/green"].instances, 1U);
  EXPECT_EQ(rollout.reason(), "by the operator");
}

}  // namespace
}  // namespace rollout
