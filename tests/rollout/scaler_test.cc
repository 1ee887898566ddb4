#include "rollout/scaler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/rollout/pools.h"

namespace rollout {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Kind = Order::Kind;
using Progress = Scaler::Progress;

Plan scaling_plan() {
  Plan plan{.vip = testing::web(), .to = "/green", .from = "/blue"};
  plan.scale = {"marathon", false, 60s};
  return plan;
}

/// A Marathon that does at once what it is asked, unless a test says otherwise.
class ScalerTest : public ::testing::Test {
 protected:
  Progress grow(std::uint32_t percent) {
    now += 1s;
    const auto progress = scaler.grow(percent, passing, now);
    answer();
    return progress;
  }
  Progress shrink(std::uint32_t keep, Scaler::Then then = Scaler::Then::Keep) {
    now += 1s;
    const auto progress = scaler.shrink("/blue", keep, instances, then, now);
    answer();
    return progress;
  }
  /// What it comes to after some time.
  template <class Step>
  Progress settle(const Step& step) {
    Progress progress;
    for (int i = 0; i < 100 && progress.kind == Progress::Kind::Waiting; ++i) progress = step();
    return progress;
  }
  void answer() {
    const auto order = scaler.take_order(++number);
    if (!order) return;
    if (order->kind != Kind::Look) asked.push_back(describe(*order));
    scaler.answered(number, refusal.value_or(carry_out(*order)));
  }
  Outcome carry_out(const Order& order) {
    if (!apps.contains(order.app)) return {Outcome::Kind::Absent, "404"};
    if (order.kind == Kind::Look) return {.app = apps[order.app]};
    if (refusal) return {};
    App& app = apps[order.app];
    if (order.kind == Kind::Scale) app.instances = order.instances;
    if (order.kind == Kind::Delete) apps.erase(order.app);
    for (const std::string& task : order.tasks) {
      --app.instances;
      std::erase_if(instances, [&](const Instance& one) { return one.task == task; });
    }
    return {};
  }

  TimePoint now{1h};
  std::map<std::string, App> apps{{"/blue", {4}}, {"/green", {1}}};
  std::vector<Instance> instances{{"b.1", 0}, {"b.2", 3}, {"b.3", 1}, {"b.4", 0}};
  std::size_t passing = 1;
  std::optional<Outcome> refusal;
  std::vector<std::string> asked;
  std::uint64_t number = 0;
  Scaler scaler{scaling_plan()};
};

TEST_F(ScalerTest, BringsAsManyAsTheShareOfTheOldAppTakes) {
  EXPECT_EQ(settle([&] { return grow(5); }).kind, Progress::Kind::Ready);
  EXPECT_EQ(scaler.sizes(), (Sizes{4, 1}));
  EXPECT_THAT(asked, ElementsAre());
  for (int i = 0; i < 20; ++i) EXPECT_EQ(grow(51).words, "1 of 3 instances of /green pass");
  EXPECT_THAT(asked, ElementsAre("scale /green to 3"));
  passing = 3;
  EXPECT_EQ(grow(51).kind, Progress::Kind::Ready);
}

TEST_F(ScalerTest, FollowsTheTargetThatZddWroteDown) {
  apps["/green"].target_instances = 10;
  settle([&] { return grow(5); });
  EXPECT_EQ(scaler.sizes(), (Sizes{10, 1}));
  for (int i = 0; i < 9; ++i) grow(100);
  EXPECT_THAT(asked, ElementsAre("scale /green to 10"));
}

TEST_F(ScalerTest, TakesNoneAwayFromAnAppThatHasMore) {
  apps["/green"].instances = 6;
  passing = 0;
  for (int i = 0; i < 9; ++i) EXPECT_EQ(grow(100).kind, Progress::Kind::Waiting);
  EXPECT_THAT(asked, ElementsAre());
}

TEST_F(ScalerTest, GivesUpWhenInstancesDoNotPassInTime) {
  const Progress end = settle([&] { return grow(100); });
  EXPECT_EQ(end.kind, Progress::Kind::Failed);
  EXPECT_THAT(end.words, HasSubstr("1 of 4 instances of /green pass: too late"));
}

TEST_F(ScalerTest, SaysThatThereIsNoSuchApp) {
  apps.erase("/green");
  EXPECT_THAT(settle([&] { return grow(5); }).words, HasSubstr("no app /green"));
}

TEST_F(ScalerTest, TriesAgainWhatADeploymentHolds) {
  grow(100);
  grow(100);
  refusal = {Outcome::Kind::Locked, "409"};
  for (int i = 0; i < 12; ++i) grow(100);
  EXPECT_THAT(grow(100).words, HasSubstr("Marathon did not"));
  refusal.reset();
  for (int i = 0; i < 12; ++i) grow(100);
  EXPECT_EQ(asked.back(), "scale /green to 4");
  EXPECT_EQ(grow(100).words, "1 of 4 instances of /green pass");
}

TEST_F(ScalerTest, EndsAtOnceWhenItIsRefused) {
  refusal = {Outcome::Kind::Refused, "it answers 403"};
  grow(5);
  EXPECT_THAT(grow(5).words, HasSubstr("did not look at /green: it answers 403"));
}

TEST_F(ScalerTest, KillsFirstThoseWithoutConnectionsAndAllOthersAtTheLimit) {
  for (int i = 0; i < 20; ++i) shrink(0);
  EXPECT_THAT(asked, ElementsAre("kill b.1,b.4 of /blue"));
  EXPECT_EQ(shrink(0).words, "2 instances of /blue still have 4 connections");
  instances[1].sessions = 0;
  for (int i = 0; i < 10; ++i) shrink(0);
  EXPECT_EQ(asked.back(), "kill b.3 of /blue");
  EXPECT_EQ(settle([&] { return shrink(0); }).kind, Progress::Kind::Ready);
  EXPECT_EQ(asked.back(), "kill b.2 of /blue");
  EXPECT_EQ(apps["/blue"].instances, 0U);
}

TEST_F(ScalerTest, LeavesAsManyAsThereWere) {
  EXPECT_EQ(settle([&] { return shrink(3); }).kind, Progress::Kind::Ready);
  EXPECT_THAT(asked, ElementsAre("kill b.1 of /blue"));
}

TEST_F(ScalerTest, ScalesAwayWhatNeverGotBehindTheVip) {
  instances.clear();
  EXPECT_EQ(settle([&] { return shrink(1); }).kind, Progress::Kind::Ready);
  EXPECT_THAT(asked, ElementsAre("scale /blue to 1"));
}

TEST_F(ScalerTest, DeletesTheAppWhenNobodyIsLeft) {
  instances = {{"b.1", 0}};
  apps["/blue"].instances = 1;
  EXPECT_EQ(settle([&] { return shrink(0, Scaler::Then::Delete); }).kind, Progress::Kind::Ready);
  EXPECT_THAT(asked, ElementsAre("kill b.1 of /blue", "delete /blue"));
  EXPECT_FALSE(apps.contains("/blue"));
}

TEST_F(ScalerTest, GoesOnWithoutAnAnswer) {
  scaler.grow(100, 1, now);
  ASSERT_TRUE(scaler.take_order(++number));
  now += 10s;
  scaler.grow(100, 1, now);
  EXPECT_FALSE(scaler.take_order(++number)) << "one at a time";
  now += 60s;
  scaler.restart();
  scaler.grow(100, 1, now);
  now += 6s;
  scaler.grow(100, 1, now);
  EXPECT_TRUE(scaler.take_order(++number));
}

}  // namespace
}  // namespace rollout
