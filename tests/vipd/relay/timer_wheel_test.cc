#include "vipd/relay/timer_wheel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

namespace vipd {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr TimePoint kStart{std::chrono::hours(1)};

std::vector<std::uint32_t> pop_all(TimerWheel& wheel, TimePoint now) {
  std::vector<std::uint32_t> due;
  while (const auto entry = wheel.pop_due(now)) due.push_back(*entry);
  return due;
}

class Wheel : public testing::Test {
 protected:
  std::vector<std::uint32_t> after(int ms) { return pop_all(wheel_, kStart + milliseconds(ms)); }
  void schedule(std::uint32_t entry, int ms) { wheel_.schedule(entry, kStart + milliseconds(ms)); }
  TimerWheel wheel_{kStart, milliseconds(10), 8};
};

TEST_F(Wheel, IsNeverEarlyAndAtMostATickLate) {
  schedule(5, 25);
  EXPECT_THAT(after(24), IsEmpty());
  EXPECT_THAT(after(29), IsEmpty());
  EXPECT_THAT(after(30), ElementsAre(5));
  EXPECT_THAT(after(1000), IsEmpty());
}

TEST_F(Wheel, PassesOverWhatIsDueInALaterRound) {
  schedule(1, 20);
  schedule(2, 20 + 80);
  schedule(3, 20 + 160);
  EXPECT_THAT(after(20), ElementsAre(1));
  EXPECT_THAT(after(99), IsEmpty());
  EXPECT_THAT(after(100), ElementsAre(2));
  EXPECT_THAT(after(180), ElementsAre(3));
}

TEST_F(Wheel, CatchesUpAfterALongSleep) {
  schedule(1, 20);
  schedule(2, 300);
  schedule(3, 90000);
  EXPECT_THAT(after(5000), UnorderedElementsAre(1, 2));
  EXPECT_THAT(after(90000), ElementsAre(3));
}

TEST_F(Wheel, ForgetsWhatIsCancelledEvenWhenItIsDue) {
  for (std::uint32_t entry = 0; entry < 3; ++entry) schedule(entry, 10);
  const auto first = wheel_.pop_due(kStart + milliseconds(10));
  ASSERT_TRUE(first);
  for (std::uint32_t entry = 0; entry < 3; ++entry) wheel_.cancel(entry);
  EXPECT_THAT(after(10), IsEmpty());
  EXPECT_FALSE(wheel_.next_tick());
}

TEST_F(Wheel, MovesWhatIsScheduledAgain) {
  schedule(1, 10);
  schedule(1, 50);
  EXPECT_THAT(after(49), IsEmpty());
  EXPECT_THAT(after(50), ElementsAre(1));
}

TEST_F(Wheel, TellsWhenToLookAgain) {
  EXPECT_FALSE(wheel_.next_tick());
  schedule(1, 35);
  EXPECT_EQ(wheel_.next_tick(), kStart + milliseconds(40));
  schedule(2, 15);
  EXPECT_EQ(wheel_.next_tick(), kStart + milliseconds(20));
  after(20);
  EXPECT_EQ(wheel_.next_tick(), kStart + milliseconds(40));
  after(40);
  EXPECT_FALSE(wheel_.next_tick());
}

TEST_F(Wheel, LooksOnceARoundAtWhatIsFarAway) {
  schedule(1, 200);
  after(50);
  EXPECT_EQ(wheel_.next_tick(), kStart + milliseconds(200));
  schedule(2, 60);
  after(60);
  EXPECT_EQ(wheel_.next_tick(), kStart + milliseconds(120));  // In the slot of 40, 120 and 200.
  after(120);
  EXPECT_EQ(wheel_.next_tick(), kStart + milliseconds(200));
}

TEST_F(Wheel, TakesDeadlinesThatHavePassed) {
  after(50);
  schedule(1, 20);
  EXPECT_THAT(after(60), ElementsAre(1));
}

// Against a map of deadlines, with a wheel much smaller than the times in it.
TEST_F(Wheel, AgreesWithAPlainMap) {
  std::mt19937 random(7);
  std::map<std::uint32_t, int> expected;
  for (int now = 0; now < 20000; now += static_cast<int>(random() % 30)) {
    const auto entry = static_cast<std::uint32_t>(random() % 50);
    if (random() % 4 == 0) {
      wheel_.cancel(entry);
      expected.erase(entry);
    } else {
      expected[entry] = now + 1 + static_cast<int>(random() % 400);
      schedule(entry, expected[entry]);
    }
    for (const std::uint32_t due : after(now)) {
      ASSERT_TRUE(expected.contains(due));
      EXPECT_LE(expected[due], now);
      expected.erase(due);
    }
    for (const auto& [left, deadline] : expected) {
      EXPECT_GT(deadline + 10, now) << left;
      ASSERT_TRUE(wheel_.next_tick());
      EXPECT_LT(*wheel_.next_tick(), kStart + milliseconds(deadline + 10)) << left;
    }
  }
}

}  // namespace
}  // namespace vipd
