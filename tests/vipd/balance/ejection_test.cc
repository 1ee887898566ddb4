#include "vipd/balance/ejection.h"

#include <gtest/gtest.h>

namespace vipd {
namespace {

using std::chrono::milliseconds;

constexpr TimePoint kStart{std::chrono::hours(1)};

TEST(Ejection, LastsAQuarterSecondAtFirst) {
  Ejection ejection;
  EXPECT_FALSE(ejection.active(kStart));
  ejection.failed(kStart);
  EXPECT_TRUE(ejection.active(kStart + milliseconds(249)));
  EXPECT_FALSE(ejection.active(kStart + milliseconds(250)));
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

TEST(Ejection, CountsFailuresThatBeganBeforeItOnlyOnce) {
  Ejection ejection;
  for (int i = 0; i < 64; ++i) ejection.failed(kStart);
  EXPECT_EQ(ejection.until(), kStart + Ejection::kFirst);
}

TEST(Ejection, IsForgottenWithASuccess) {
  Ejection ejection;
  ejection.failed(kStart);
  ejection.succeeded();
  EXPECT_FALSE(ejection.active(kStart));
  ejection.failed(kStart);
  EXPECT_EQ(ejection.until(), kStart + Ejection::kFirst);
}

}  // namespace
}  // namespace vipd
