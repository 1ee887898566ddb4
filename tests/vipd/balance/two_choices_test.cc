#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "tests/vipd/balance/candidates.h"

namespace vipd {
namespace {

using std::chrono::milliseconds;

constexpr TimePoint kStart{std::chrono::hours(1)};

TEST(TwoChoices, SharesAlikeAmongTheIdle) {
  Candidates candidates(5);
  const auto policy = make_two_choices(1);
  candidates.pick(*policy, 10000);
  EXPECT_THAT(candidates.picked,
              testing::Each(testing::AllOf(testing::Gt(1800), testing::Lt(2200))));
}

TEST(TwoChoices, NeverTakesTheBusiest) {
  Candidates candidates(4);
  candidates.set_sessions(2, 10);
  const auto policy = make_two_choices(1);
  candidates.pick(*policy, 1000);
  EXPECT_EQ(candidates.picked[2], 0);
}

TEST(TwoChoices, TakesTheOnlyOne) {
  Candidates candidates(1);
  EXPECT_EQ(make_two_choices(1)->choose(candidates.all(), 0), 0U);
}

/// One connection arrives in each step and stays for ten steps, on the slow backend for 500.
double share_of_a_slow_backend(Policy& policy) {
  constexpr std::size_t kSteps = 20000;
  Candidates candidates(10);
  std::deque<std::pair<std::size_t, std::size_t>> leaving;  // When, who; sorted.
  std::vector<std::size_t> busy(10);
  for (std::size_t step = 0; step < kSteps; ++step) {
    while (!leaving.empty() && leaving.front().first <= step) {
      candidates.set_sessions(leaving.front().second, --busy[leaving.front().second]);
      leaving.pop_front();
    }
    const std::size_t chosen = policy.choose(candidates.all(), 0);
    ++candidates.picked[chosen];
    candidates.set_sessions(chosen, ++busy[chosen]);
    const std::pair end(step + (chosen == 0 ? 500 : 10), chosen);
    leaving.insert(std::upper_bound(leaving.begin(), leaving.end(), end), end);
  }
  return static_cast<double>(candidates.picked[0]) / kSteps;
}

TEST(TwoChoices, SparesABackendThatIsFiftyTimesSlower) {
  EXPECT_LT(share_of_a_slow_backend(*make_two_choices(1)), 0.03);
  EXPECT_GT(share_of_a_slow_backend(*make_round_robin(0)), 0.09);  // What it would be without.
}

TEST(PeakEwmaPolicy, PrefersTheOneThatAcceptsSooner) {
  Candidates candidates(2);
  candidates[0].connect_time.observe(milliseconds(10), kStart);
  candidates[1].connect_time.observe(milliseconds(1), kStart);
  const auto policy = make_peak_ewma(1);
  candidates.pick(*policy, 100);
  EXPECT_EQ(candidates.picked[0], 0);
  candidates.set_sessions(1, 19);  // 20 x 1 ms are more than 1 x 10 ms.
  candidates.pick(*policy, 100);
  EXPECT_EQ(candidates.picked[0], 100);
}

TEST(PeakEwmaPolicy, GivesTheUnknownAChance) {
  Candidates candidates(2);
  candidates[0].connect_time.observe(milliseconds(1), kStart);
  candidates.set_sessions(0, 1);
  EXPECT_EQ(make_peak_ewma(1)->choose(candidates.all(), 0), 1U);
}

}  // namespace
}  // namespace vipd
