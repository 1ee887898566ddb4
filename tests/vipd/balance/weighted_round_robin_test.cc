#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/vipd/balance/candidates.h"

namespace vipd {
namespace {

TEST(WeightedRoundRobin, SharesExactlyByWeight) {
  Candidates candidates(3);
  candidates[0].weight = 5;
  candidates[1].weight = 3;
  candidates[2].weight = 2;
  const auto policy = make_weighted_round_robin();
  candidates.pick(*policy, 1000);
  EXPECT_THAT(candidates.picked, testing::ElementsAre(500, 300, 200));
}

TEST(WeightedRoundRobin, MixesThemEvenly) {
  Candidates candidates(3);
  candidates[0].weight = 3;
  const auto policy = make_weighted_round_robin();
  std::vector<std::size_t> order;
  for (int i = 0; i < 5; ++i) order.push_back(policy->choose(candidates.all(), 0));
  EXPECT_THAT(order, testing::ElementsAre(0, 1, 0, 2, 0));
}

TEST(WeightedRoundRobin, GoesOnWithThoseThatAreLeft) {
  Candidates candidates(4);
  const auto policy = make_weighted_round_robin();
  candidates.pick(*policy, 7);
  candidates.pointers.resize(2);
  candidates.picked.assign(4, 0);
  candidates.pick(*policy, 100);
  EXPECT_THAT(candidates.picked, testing::ElementsAre(50, 50, 0, 0));
}

}  // namespace
}  // namespace vipd
