#include "dnsd/rrl/limiter.h"

#include <gtest/gtest.h>

#include <map>

namespace dnsd {
namespace {

using Verdict = ResponseLimiter::Verdict;

common::IpAddress ip(std::string_view text) { return common::IpAddress::parse(text).value(); }

/// What becomes of so many equal answers in one second.
std::map<Verdict, int> verdicts(ResponseLimiter& limiter,
                                std::string_view client,
                                int answers,
                                std::uint32_t second = 1) {
  std::map<Verdict, int> counts;
  for (int i = 0; i < answers; ++i) ++counts[limiter.judge(ip(client), 7, second)];
  return counts;
}

using Counts = std::map<Verdict, int>;

TEST(ResponseLimiter, IsOffWithoutALimit) {
  ResponseLimiter limiter({});
  EXPECT_EQ(verdicts(limiter, "10.0.0.1", 1000), (Counts{{Verdict::Send, 1000}}));
}

TEST(ResponseLimiter, SlipsSomeOfWhatIsTooMuch) {
  ResponseLimiter limiter({.per_second = 5, .slip = 2});
  EXPECT_EQ(verdicts(limiter, "10.0.0.1", 25),
            (Counts{{Verdict::Send, 5}, {Verdict::Slip, 10}, {Verdict::Drop, 10}}));
  ResponseLimiter all({.per_second = 5, .slip = 1});
  EXPECT_EQ(verdicts(all, "10.0.0.1", 25), (Counts{{Verdict::Send, 5}, {Verdict::Slip, 20}}));
  ResponseLimiter none({.per_second = 5, .slip = 0});
  EXPECT_EQ(verdicts(none, "10.0.0.1", 25), (Counts{{Verdict::Send, 5}, {Verdict::Drop, 20}}));
}

TEST(ResponseLimiter, BeginsAnewEverySecond) {
  ResponseLimiter limiter({.per_second = 5, .slip = 0});
  verdicts(limiter, "10.0.0.1", 25, 1);
  EXPECT_EQ(verdicts(limiter, "10.0.0.1", 5, 2), (Counts{{Verdict::Send, 5}}));
}

TEST(ResponseLimiter, CountsNetworksAndSubjectsApart) {
  ResponseLimiter limiter({.per_second = 5, .slip = 0});
  verdicts(limiter, "10.0.0.1", 5);
  EXPECT_EQ(limiter.judge(ip("10.0.0.200"), 7, 1), Verdict::Drop);  // The same /24.
  EXPECT_EQ(limiter.judge(ip("10.0.1.1"), 7, 1), Verdict::Send);
  EXPECT_EQ(limiter.judge(ip("10.0.0.1"), 8, 1), Verdict::Send);
  verdicts(limiter, "2001:db8::1", 5);
  EXPECT_EQ(limiter.judge(ip("2001:db8:0:ff::1"), 7, 1), Verdict::Drop);  // The same /56.
  EXPECT_EQ(limiter.judge(ip("2001:db8:0:100::1"), 7, 1), Verdict::Send);
}

TEST(ResponseLimiter, DoesNotForgetABusyVictimForManyQuietOnes) {
  ResponseLimiter limiter({.per_second = 5, .slip = 0, .seed = 1});
  verdicts(limiter, "10.0.0.1", 100);
  for (std::uint32_t i = 0; i < 100000; ++i) {
    limiter.judge(common::IpAddress::v4(0x0b000000 + (i << 8U)), 7, 1);
  }
  EXPECT_EQ(limiter.judge(ip("10.0.0.1"), 7, 1), Verdict::Drop);
}

}  // namespace
}  // namespace dnsd
