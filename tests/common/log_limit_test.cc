#include "common/log_limit.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

namespace common::log {
namespace {

using namespace std::chrono_literals;

constexpr LogLimit::Instant kStart{1000s};

/// Uses up what may be written at once.
void flood(LogLimit& limit, std::string_view line = "cannot accept vip=a error=\"no room\"") {
  for (int i = 0; i < LogLimit::kBurst; ++i) EXPECT_EQ(limit.admit(line, kStart), 0U);
}

TEST(LogLimit, TellsLinesApartByWhatIsNoValue) {
  EXPECT_EQ(shape_of("vip=a:80 backend=\"x \\\" y\" refused port=1"),
            "vip= backend= refused port=");
  EXPECT_EQ(shape_of("app=\"/a b\" label=\"x\" app=/c snapp=d"),
            "app=\"/a b\" label= app=/c snapp=");
  EXPECT_EQ(shape_of("a="), "a=");
  EXPECT_EQ(shape_of("a=\"open"), "a=");
}

TEST(LogLimit, LeavesOutWhatRepeatsAndCountsIt) {
  LogLimit limit;
  flood(limit);
  EXPECT_FALSE(limit.admit("cannot accept vip=b error=\"none\"", kStart));
  EXPECT_FALSE(limit.admit("cannot accept vip=c error=\"none\"", kStart + 900ms));
  EXPECT_EQ(limit.admit("something else", kStart), 0U);
  EXPECT_EQ(limit.admit("cannot accept vip=d error=\"none\"", kStart + 1s), 2U);
  EXPECT_FALSE(limit.admit("cannot accept vip=d error=\"none\"", kStart + 1s));
}

TEST(LogLimit, TellsWhatWasLeftOutOnceItIsQuiet) {
  LogLimit limit;
  flood(limit);
  EXPECT_FALSE(limit.admit("cannot accept vip=b error=\"none\"", kStart));
  EXPECT_FALSE(limit.overdue(kStart + 9s));
  EXPECT_EQ(limit.overdue(kStart + 10s), "lines like \"cannot accept vip= error=\" left_out=1");
  EXPECT_FALSE(limit.overdue(kStart + 11s));
}

TEST(LogLimit, RemembersABoundedNumber) {
  LogLimit limit;
  flood(limit, "first");
  for (std::size_t i = 0; i < LogLimit::kMaxShapes; ++i) {
    EXPECT_EQ(limit.admit(fmt::format("line {}", i), kStart + 1ms), 0U);
  }
  EXPECT_EQ(limit.admit("first", kStart + 2ms), 0U);  // It was forgotten.
}

}  // namespace
}  // namespace common::log
