#include "vipd/balance/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/vipd/balance/candidates.h"

namespace vipd {
namespace {

TEST(RandomChoice, SharesByWeight) {
  Candidates candidates(3);
  candidates[0].weight = 0.5;
  candidates[2].weight = 2.5;
  const auto policy = make_random(1);
  candidates.pick(*policy, 8000);
  EXPECT_NEAR(candidates.picked[0], 1000, 150);
  EXPECT_NEAR(candidates.picked[1], 2000, 200);
  EXPECT_NEAR(candidates.picked[2], 5000, 250);
}

TEST(Random, RepeatsItselfForASeed) {
  Random a(7), b(7), c(8);
  const std::uint64_t first = a.next();
  EXPECT_EQ(b.next(), first);
  EXPECT_NE(c.next(), first);
}

TEST(Random, ReachesEveryNumberBelowABound) {
  Random random(1);
  std::vector<int> seen(10);
  for (int i = 0; i < 10000; ++i) ++seen.at(random.below(10));
  EXPECT_THAT(seen, testing::Each(testing::AllOf(testing::Gt(850), testing::Lt(1150))));
}

}  // namespace
}  // namespace vipd
