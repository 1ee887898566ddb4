#include "vipd/balance/peak_ewma.h"

#include <gtest/gtest.h>

namespace vipd {
namespace {

using std::chrono::seconds;
using Seconds = PeakEwma::Seconds;

constexpr PeakEwma::TimePoint kStart{std::chrono::hours(1)};

TEST(PeakEwma, JumpsUpAndComesDownSlowly) {
  PeakEwma average;
  EXPECT_FALSE(average.value());
  average.observe(Seconds(1), kStart);
  average.observe(Seconds(9), kStart + seconds(1));
  EXPECT_EQ(*average.value(), Seconds(9));
  average.observe(Seconds(1), kStart + seconds(1));
  EXPECT_EQ(*average.value(), Seconds(9)) << "many at once tell no more than one";
  average.observe(Seconds(1), kStart + seconds(11));
  EXPECT_NEAR(average.value()->count(), 1 + 8 * std::exp(-1), 1e-9);
  for (int i = 12; i < 200; ++i) average.observe(Seconds(1), kStart + seconds(i));
  EXPECT_NEAR(average.value()->count(), 1, 1e-6);
}

}  // namespace
}  // namespace vipd
