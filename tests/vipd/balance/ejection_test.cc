#include "vipd/balance/ejection.h"

#include <gtest/gtest.h>

namespace vipd {
namespace {

using std::chrono::milliseconds;

constexpr TimePoint kStart{std::chrono::hours(1)};

TEST(Ejection, LastsUntilItIsReadmitted) {
  Ejection ejection;
  EXPECT_FALSE(ejection.active());
  ejection.failed(kStart);
  EXPECT_TRUE(ejection.active());
  EXPECT_EQ(ejection.until(), kStart + milliseconds(250)) << "when it is checked";
  ejection.readmit(kStart + milliseconds(250));
  EXPECT_FALSE(ejection.active());
}

TEST(Ejection, DoublesWithEachFailureInARowUpToEightSeconds) {
  Ejection ejection;
  TimePoint now = kStart;
  for (const int expected : {250, 500, 1000, 2000, 4000, 8000, 8000, 8000}) {
    ejection.failed(now);
    EXPECT_EQ(ejection.until(), now + milliseconds(expected));
    now = ejection.until();
  }
}

TEST(Ejection, GoesOnGrowingWhenItFailsSoonAfterItsReturn) {
  Ejection ejection;
  ejection.failed(kStart);
  ejection.readmit(kStart);
  ejection.failed(kStart + Ejection::kMemory);
  EXPECT_EQ(ejection.until(), kStart + Ejection::kMemory + 2 * Ejection::kFirst);
}

TEST(Ejection, BeginsAnewWhenItWasWellForLong) {
  Ejection ejection;
  for (int i = 0; i < 4; ++i) ejection.failed(kStart);
  ejection.readmit(kStart);
  const TimePoint later = kStart + Ejection::kMemory + milliseconds(1);
  ejection.failed(later);
  EXPECT_EQ(ejection.until(), later + Ejection::kFirst);
}

TEST(Ejection, TakesEarlyResetsForAFailureWhenTheyComeInARow) {
  Ejection ejection;
  for (int round = 0; round < 2; ++round) {
    for (int i = 1; i < Ejection::kEarlyResets; ++i) EXPECT_FALSE(ejection.reset_early());
    ejection.answered();
  }
  for (int i = 1; i < Ejection::kEarlyResets; ++i) EXPECT_FALSE(ejection.reset_early());
  EXPECT_TRUE(ejection.reset_early());
}

}  // namespace
}  // namespace vipd
