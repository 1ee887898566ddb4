#include "rollout/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "tests/rollout/pools.h"

namespace rollout {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using testing::whole_plan;

common::Expected<Plan> plan_of(std::string_view text) {
  return read_plan(boost::json::parse({text.data(), text.size()}).as_object());
}

TEST(RolloutText, ReadsAPlan) {
  const auto plan = plan_of(
      R"({"vip":"web.marathon:80","to":"/green","from":"/blue","steps":[1,50],"pause":"90s",)"
      R"("guards":{"least":10,"errors":0.05}})");
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->vip, testing::web());
  EXPECT_EQ(plan->from, "/blue");
  EXPECT_THAT(plan->steps, ElementsAre(1, 50));
  EXPECT_EQ(plan->pause, std::chrono::seconds(90));
  EXPECT_EQ(plan->guards, (Guards{.least = 10, .errors = 0.05}));
}

TEST(RolloutText, NamesTheMemberThatIsWrong) {
  const std::pair<const char*, const char*> wrong[] = {
      {R"({})", "vip:"},
      {R"({"vip":"web"})", "vip:"},
      {R"({"vip":"web:80"})", "to:"},
      {R"({"vip":"web:80","to":7})", "to:"},
      {R"({"vip":"web:80","to":"/a","steps":5})", "steps:"},
      {R"({"vip":"web:80","to":"/a","steps":[0]})", "steps:"},
      {R"({"vip":"web:80","to":"/a","pause":"soon"})", "pause:"},
      {R"({"vip":"web:80","to":"/a","guards":{"errors":-1}})", "errors:"},
      {R"({"vip":"web:80","to":"/a","guards":{"luck":1}})", "guards:"},
      {R"({"vip":"web:80","to":"/a","speed":1})", "speed:"},
      {R"({"vip":"web:80","to":"/a","scale":true})", "scale:"},
      {R"({"vip":"web:80","to":"/a","scale":{"limit":"0s"}})", "scale.limit:"},
      {R"({"vip":"web:80","to":"/a","scale":{"delete_old":1}})", "scale:"},
  };
  for (const auto& [text, place] : wrong) {
    const auto plan = plan_of(text);
    ASSERT_FALSE(plan) << text;
    EXPECT_THAT(plan.error().message, HasSubstr(place)) << text;
  }
}

TEST(RolloutText, ReadsBackWhatItPrints) {
  std::vector<Rollout> rollouts;
  rollouts.emplace_back(Stored{whole_plan(), State::Running, 2, ""}, TimePoint{});
  rollouts.emplace_back(Stored{whole_plan(), State::Aborted, 1, "it \"failed\""}, TimePoint{});
  Plan scaled = whole_plan();
  scaled.scale = {"marathon", true, std::chrono::seconds(40)};
  rollouts.emplace_back(Stored{scaled, State::Paused, 1, "", Stage::Growing, Sizes{4, 1}},
                        TimePoint{});
  const auto stored = read(print(rollouts));
  ASSERT_TRUE(stored) << stored.error().message;
  ASSERT_THAT(*stored, SizeIs(3));
  EXPECT_EQ((*stored)[2].plan, scaled);
  EXPECT_EQ((*stored)[2].stage, Stage::Growing);
  EXPECT_EQ((*stored)[2].sizes, (Sizes{4, 1}));
  EXPECT_EQ((*stored)[0].plan, whole_plan());
  EXPECT_EQ((*stored)[0].state, State::Running);
  EXPECT_EQ((*stored)[0].step, 2U);
  EXPECT_EQ((*stored)[1].state, State::Aborted);
  EXPECT_EQ((*stored)[1].reason, "it \"failed\"");
}

TEST(RolloutText, RefusesWhatItDidNotPrint) {
  for (const char* text : {"", "[]", R"({"rollouts":[{}]})", R"({"rollouts":[{"plan":{}}]})"}) {
    EXPECT_FALSE(read(text)) << text;
  }
}

}  // namespace
}  // namespace rollout
