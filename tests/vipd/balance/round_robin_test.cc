#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/vipd/balance/candidates.h"

namespace vipd {
namespace {

TEST(RoundRobin, TakesEachInTurn) {
  Candidates candidates(3);
  const auto policy = make_round_robin(1);
  EXPECT_EQ(policy->choose(candidates.all(), 0), 1U);
  EXPECT_EQ(policy->choose(candidates.all(), 0), 2U);
  EXPECT_EQ(policy->choose(candidates.all(), 0), 0U);
  candidates.pick(*policy, 297);
  EXPECT_THAT(candidates.picked, testing::Each(99));
}

}  // namespace
}  // namespace vipd
