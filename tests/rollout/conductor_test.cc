#include "rollout/conductor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/rollout/pools.h"

namespace rollout {
namespace {

using namespace std::chrono_literals;
using common::ErrorCode;
using testing::backend;
using ::testing::ElementsAre;
using testing::good;
using ::testing::IsEmpty;
using ::testing::Pair;
using testing::plan;
using ::testing::SizeIs;
using testing::vip;
using testing::web;

/// A world with web.marathon:80 and its pools /blue and /green; what is applied is remembered.
class ConductorTest : public ::testing::Test {
 protected:
  ConductorTest() {
    snapshot.synced = true;
    show({backend("/blue"), backend("/green")});
  }

  void show(std::vector<watcher::Backend> backends) {
    snapshot.vips.set(web(), std::make_shared<const watcher::Vip>(vip(std::move(backends))));
  }
  Conductor::World world() {
    return {.figures = [this](const auto&, const std::string& pool) { return counted[pool]; },
            .snapshot = [this]() -> const watcher::Snapshot& { return snapshot; },
            .apply = [this](std::vector<watcher::Update> updates) { remember(updates); }};
  }
  void remember(const std::vector<watcher::Update>& updates) {
    for (const watcher::Update& update : updates) {
      if (const auto* weights = std::get_if<watcher::Weights>(&update)) shares = weights->pools;
      if (const auto* kept = std::get_if<watcher::Note>(&update)) note = kept->text;
    }
  }
  /// So many more good sessions of each pool, and a minute.
  void minute(std::uint64_t sessions) {
    for (const char* pool : {"/blue", "/green"}) {
      counted[pool].attempts += sessions;
      counted[pool].sessions += sessions;
      counted[pool].answered += sessions;
    }
    now += 60s;
    conductor.tick(now);
  }
  State state() const { return conductor.published().current()->back().state(); }

  TimePoint now{1h};
  watcher::Snapshot snapshot;
  std::map<std::string, Figures> counted;
  watcher::PoolWeights shares;
  std::string note;
  Conductor conductor{world()};
};

TEST_F(ConductorTest, RollsOut) {
  ASSERT_TRUE(conductor.start(plan(), now));
  EXPECT_THAT(shares, ElementsAre(Pair("/blue", 95), Pair("/green", 5)));
  for (int i = 0; i < 4; ++i) minute(100);
  EXPECT_EQ(state(), State::Done);
  EXPECT_THAT(shares, ElementsAre(Pair("/blue", 0), Pair("/green", 100)));
}

TEST_F(ConductorTest, HasOneRolloutAVip) {
  ASSERT_TRUE(conductor.start(plan(), now));
  EXPECT_EQ(conductor.start(plan(), now).error().code, ErrorCode::Conflict);
  EXPECT_EQ(conductor.weigh({web(), {}}).error().code, ErrorCode::Conflict);
  ASSERT_TRUE(conductor.abort(web(), now));
  EXPECT_THAT(shares, ElementsAre(Pair("/blue", 100), Pair("/green", 0)));
  EXPECT_EQ(conductor.abort(web(), now).error().code, ErrorCode::NotFound);
  EXPECT_TRUE(conductor.start(plan(), now));
  EXPECT_THAT(*conductor.published().current(), SizeIs(1));
}

TEST_F(ConductorTest, ChangesNothingForAPlanItRefuses) {
  Plan wrong = plan();
  wrong.to = "/red";
  EXPECT_EQ(conductor.start(wrong, now).error().code, ErrorCode::NotFound);
  EXPECT_THAT(shares, IsEmpty());
  EXPECT_THAT(*conductor.published().current(), IsEmpty());
}

TEST_F(ConductorTest, TakesACanaryOutThatFailsItsChecks) {
  ASSERT_TRUE(conductor.start(plan(), now));
  show({backend("/blue"), backend("/green", watcher::BackendState::Failing)});
  conductor.tick(now);
  EXPECT_EQ(state(), State::Aborted);
  EXPECT_THAT(shares, ElementsAre(Pair("/blue", 100), Pair("/green", 0)));
}

TEST_F(ConductorTest, JudgesNothingWhileSourcesAreSilent) {
  ASSERT_TRUE(conductor.start(plan(), now));
  snapshot.vips = {};
  snapshot.restored = true;
  conductor.tick(now);
  EXPECT_EQ(state(), State::Running);
}

TEST_F(ConductorTest, SwitchesAllAtOnceAndBack) {
  ASSERT_TRUE(conductor.switch_to(web(), "/green"));
  EXPECT_THAT(shares, ElementsAre(Pair("/blue", 0), Pair("/green", 100)));
  ASSERT_TRUE(conductor.switch_to(web(), "/blue"));
  EXPECT_THAT(shares, ElementsAre(Pair("/blue", 100), Pair("/green", 0)));
  EXPECT_FALSE(conductor.switch_to(web(), "/red"));
  EXPECT_FALSE(conductor.switch_to(*watcher::VipId::parse("api:80"), "/green"));
}

TEST_F(ConductorTest, GoesOnAfterARestart) {
  ASSERT_TRUE(conductor.start(plan(), now));
  minute(100);
  EXPECT_THAT(shares, ElementsAre(Pair("/blue", 80), Pair("/green", 20)));
  Conductor next(world());
  next.restore(note, now);
  EXPECT_EQ(next.published().current()->back().percent(), 20U);
  now += 60s;
  next.tick(now);  // What was counted before is not known to be of before; it is judged alike.
  EXPECT_THAT(shares, ElementsAre(Pair("/blue", 50), Pair("/green", 50)));
}

TEST_F(ConductorTest, ForgetsANoteItCannotRead) {
  conductor.restore("{\"rollouts\":[7", now);
  EXPECT_THAT(*conductor.published().current(), IsEmpty());
  EXPECT_TRUE(conductor.start(plan(), now));
}

}  // namespace
}  // namespace rollout
