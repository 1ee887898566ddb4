#include "watcher/marathon/fates.h"

#include <gtest/gtest.h>

namespace watcher::marathon {
namespace {

using namespace std::chrono_literals;

const TimePoint kStart{100h};

TEST(Fates, KeepWhatEndedForTenMinutes) {
  Fates fates;
  fates.end("a", kStart);
  EXPECT_TRUE(fates.has_ended("a", kStart + 599s));
  EXPECT_TRUE(fates.is_doomed("a", kStart + 599s));
  EXPECT_FALSE(fates.has_ended("a", kStart + 600s));
  EXPECT_FALSE(fates.has_ended("b", kStart));
}

TEST(Fates, BelieveAKillForItsGraceAndTwoMinutes) {
  Fates fates;
  fates.kill("a", 10s, kStart);
  EXPECT_FALSE(fates.has_ended("a", kStart));
  EXPECT_TRUE(fates.is_doomed("a", kStart + 129s));
  EXPECT_FALSE(fates.is_doomed("a", kStart + 130s));
}

TEST(Fates, DoNotTakeBackAnEnd) {
  Fates fates;
  fates.end("a", kStart);
  fates.kill("a", 10s, kStart + 1s);
  EXPECT_TRUE(fates.has_ended("a", kStart + 2s));
}

TEST(Fates, AreBounded) {
  Fates fates;
  for (int i = 0; i < 140000; ++i) {
    fates.end("task" + std::to_string(i), kStart + std::chrono::milliseconds(i));
  }
  EXPECT_LE(fates.size(), 1u << 17);
  EXPECT_TRUE(fates.has_ended("task139999", kStart + 200s));
  fates.forget_old(kStart + 1h);
  EXPECT_EQ(fates.size(), 0u);
}

}  // namespace
}  // namespace watcher::marathon
