#include "dnsd/forward/upstream_health.h"

#include <gtest/gtest.h>

#include <set>

namespace dnsd {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint64_t kNoChance = 1;  // Not one of the few that explore.

class UpstreamHealthTest : public ::testing::Test {
 protected:
  std::size_t choose(const std::vector<std::size_t>& asked = {}, std::uint64_t random = kNoChance) {
    return health_.choose(all_, asked, now_, random);
  }
  void take_down(std::size_t upstream) {
    for (int i = 0; i < UpstreamHealth::kFailures; ++i) health_.failed(upstream, now_);
  }

  const std::vector<std::size_t> all_{0, 1, 2};
  UpstreamHealth health_{3};
  TimePoint now_{seconds{1000}};
};

TEST_F(UpstreamHealthTest, ChoosesTheFastestOnceAllAreKnown) {
  health_.answered(0, milliseconds{30});
  EXPECT_EQ(choose(), 1U);
  health_.answered(1, milliseconds{20});
  EXPECT_EQ(choose(), 2U);
  health_.answered(2, milliseconds{40});
  EXPECT_EQ(choose(), 1U);
}

TEST_F(UpstreamHealthTest, AsksAnotherBeforeTheSameAgain) {
  for (const std::size_t upstream : all_) health_.answered(upstream, milliseconds{10});
  EXPECT_EQ(choose({0, 1}), 2U);
  EXPECT_EQ(choose({0, 1, 2}), 0U);
  const std::vector<std::size_t> only{1};
  EXPECT_EQ(health_.choose(only, only, now_, kNoChance), 1U);
}

TEST_F(UpstreamHealthTest, ExploresNowAndThen) {
  health_.answered(0, milliseconds{1});
  health_.answered(1, milliseconds{100});
  health_.answered(2, milliseconds{100});
  std::set<std::size_t> chosen;
  for (std::uint64_t i = 0; i < 3; ++i) chosen.insert(choose({}, i * UpstreamHealth::kExplore));
  EXPECT_EQ(chosen.size(), 3U);
}

TEST_F(UpstreamHealthTest, LeavesFailingOnesAlone) {
  take_down(0);
  EXPECT_FALSE(health_.is_up(0, now_));
  for (std::uint64_t random = 0; random < 100; ++random) EXPECT_NE(choose({}, random), 0U);
  now_ += UpstreamHealth::kFirstPause;
  EXPECT_TRUE(health_.is_up(0, now_));
}

TEST_F(UpstreamHealthTest, WaitsLongerEachTimeUpToABound) {
  for (int i = 0; i < 100; ++i) health_.failed(0, now_);
  EXPECT_FALSE(health_.is_up(0, now_ + UpstreamHealth::kMostPause - milliseconds{1}));
  EXPECT_TRUE(health_.is_up(0, now_ + UpstreamHealth::kMostPause));
}

TEST_F(UpstreamHealthTest, AsksTheOneThatWasDownFirstWhenAllAreDown) {
  for (const std::size_t upstream : {2U, 0U, 1U}) {
    take_down(upstream);
    now_ += milliseconds{10};
  }
  EXPECT_EQ(choose(), 2U);
}

TEST_F(UpstreamHealthTest, ForgivesWhoAnswers) {
  take_down(0);
  health_.answered(0, milliseconds{5});
  EXPECT_TRUE(health_.is_up(0, now_));
  health_.failed(0, now_);
  EXPECT_TRUE(health_.is_up(0, now_));
}

TEST_F(UpstreamHealthTest, IsPatientAccordingToWhatItHasSeen) {
  EXPECT_EQ(health_.patience(0), UpstreamHealth::kFirstPatience);
  for (int i = 0; i < 50; ++i) health_.answered(0, milliseconds{1});
  EXPECT_EQ(health_.patience(0), UpstreamHealth::kLeastPatience);
  for (int i = 0; i < 50; ++i) health_.answered(0, seconds{20});
  EXPECT_EQ(health_.patience(0), UpstreamHealth::kMostPatience);
}

}  // namespace
}  // namespace dnsd
