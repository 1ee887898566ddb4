#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/vipd/balance/candidates.h"

namespace vipd {
namespace {

TEST(LeastConnections, TakesTheLeastBusyForItsWeight) {
  Candidates candidates(4);
  const std::vector<std::size_t> sessions{5, 3, 4, 5};
  for (std::size_t i = 0; i < 4; ++i) candidates.set_sessions(i, sessions[i]);
  const auto policy = make_least_connections(1);
  EXPECT_EQ(policy->choose(candidates.all(), 0), 1U);
  candidates[3].weight = 2;  // 6 for two are fewer than 4 for one.
  EXPECT_EQ(policy->choose(candidates.all(), 0), 3U);
}

TEST(LeastConnections, SharesTiesAlike) {
  Candidates candidates(4);
  const auto policy = make_least_connections(1);
  candidates.pick(*policy, 4000);
  EXPECT_THAT(candidates.picked,
              testing::Each(testing::AllOf(testing::Gt(850), testing::Lt(1150))));
}

}  // namespace
}  // namespace vipd
