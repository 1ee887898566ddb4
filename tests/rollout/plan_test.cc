#include "rollout/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/rollout/pools.h"

namespace rollout {
namespace {

using testing::backend;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::plan;
using testing::vip;
using testing::web;
using watcher::BackendState;

std::string refusal(const Plan& wanted, const watcher::Vip* of) {
  const auto completed = complete(wanted, of);
  return completed ? "" : completed.error().message;
}

TEST(Plan, IsCompletedByTheOtherPoolAndTheUsualSteps) {
  const auto blue_green = vip({backend("/blue"), backend("/green"), backend("/green")});
  const auto completed = complete(plan(), &blue_green);
  ASSERT_TRUE(completed) << completed.error().message;
  EXPECT_EQ(completed->from, "/blue");
  EXPECT_THAT(completed->steps, ElementsAre(5, 20, 50, 100));
  Plan short_steps = plan();
  short_steps.steps = {10};
  EXPECT_THAT(complete(short_steps, &blue_green)->steps, ElementsAre(10, 100));
}

TEST(Plan, NamesWhatIsNotThere) {
  EXPECT_THAT(refusal(plan(), nullptr), HasSubstr("no VIP web.marathon:80/tcp"));
  const auto blue = vip({backend("/blue")});
  EXPECT_THAT(refusal(plan(), &blue), HasSubstr("no pool /green; it has /blue"));
  const auto green = vip({backend("/green")});
  EXPECT_THAT(refusal(plan(), &green), HasSubstr("no pool ''; it has /green"));
  Plan same = plan();
  same.from = "/green";
  EXPECT_THAT(refusal(same, &green), HasSubstr("the old pool and the new one"));
}

TEST(Plan, RefusesAThirdPoolAndAPoolThatDoesNotPass) {
  const auto three = vip({backend("/blue"), backend("/green"), backend("/red")});
  EXPECT_THAT(refusal(plan(), &three), HasSubstr("more than two pools (/blue, /green, /red)"));
  const auto failing = vip({backend("/blue"), backend("/green", BackendState::Failing)});
  EXPECT_THAT(refusal(plan(), &failing), HasSubstr("no backend of /green passes"));
}

TEST(Plan, RefusesStepsThatDoNotRise) {
  const auto both = vip({backend("/blue"), backend("/green")});
  for (const std::vector<std::uint32_t>& steps :
       {std::vector<std::uint32_t>{20, 5}, {5, 5}, {0, 50}, {50, 101}}) {
    Plan wrong = plan();
    wrong.steps = steps;
    EXPECT_THAT(refusal(wrong, &both), HasSubstr("do not rise"));
  }
}

TEST(Plan, ThatScalesMayBeginWithoutAnInstance) {
  Plan scaled = plan();
  scaled.scale = Scale{};
  const auto blue = vip({backend("/blue")});
  const auto completed = complete(scaled, &blue);
  ASSERT_TRUE(completed) << completed.error().message;
  EXPECT_EQ(completed->from, "/blue");
  const auto two = vip({backend("/blue"), backend("/red")});
  EXPECT_THAT(refusal(scaled, &two), HasSubstr("more than two pools (/blue, /green, /red)"));
}

/// With web.marathon:80, if its backends are given.
watcher::Snapshot showing(std::vector<watcher::Backend> backends) {
  watcher::Snapshot snapshot;
  if (backends.empty()) return snapshot;
  snapshot.vips.set(web(), std::make_shared<const watcher::Vip>(vip(std::move(backends))));
  return snapshot;
}

TEST(Plan, ThatScalesNeedsAppsOfOneSourceBehindOneVip) {
  Plan scaled = plan();
  scaled.from = "/blue";
  auto blue = backend("/blue");
  auto green = backend("/green");
  blue.task.source = green.task.source = "marathon";
  watcher::Snapshot snapshot = showing({blue, green});
  EXPECT_EQ(source_of(scaled, snapshot), "marathon");

  auto api = vip({blue});
  api.id = *watcher::VipId::parse("api.marathon:80");
  snapshot.vips.set(api.id, std::make_shared<const watcher::Vip>(api));
  EXPECT_THAT(source_of(scaled, snapshot).error().message, HasSubstr("behind api.marathon:80/tcp"));

  green.task.source = "file";
  EXPECT_THAT(source_of(scaled, showing({blue, green})).error().message,
              HasSubstr("told by file, marathon"));
}

TEST(Weights, NeedPoolsThatExistAndLeaveSomeTraffic) {
  const auto both = showing({backend("/blue"), backend("/green")});
  EXPECT_TRUE(check_weights({{"/blue", 0}, {"/green", 1}}, web(), both));
  EXPECT_TRUE(check_weights({{"/blue", 0}}, web(), both));  // /green has its own.
  EXPECT_TRUE(check_weights({}, web(), both));
  EXPECT_FALSE(check_weights({{"/blue", 0}, {"/green", 0}}, web(), both));
  EXPECT_FALSE(check_weights({{"/red", 1}}, web(), both));
  EXPECT_FALSE(check_weights({{"/blue", 1}}, web(), showing({})));
}

TEST(Weights, AreTakenBackFromAVipThatIsGone) {
  watcher::Snapshot gone = showing({});
  EXPECT_FALSE(check_weights({}, web(), gone));
  gone.weights.set(web(), {{{"/blue", 1}}});
  EXPECT_TRUE(check_weights({}, web(), gone));
  EXPECT_FALSE(check_weights({{"/blue", 2}}, web(), gone));
}

}  // namespace
}  // namespace rollout
