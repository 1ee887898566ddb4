#include "rollout/guards.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rollout {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

/// A pool of four whose every session was answered in 2 ms.
Figures healthy(std::uint64_t sessions) {
  return {.attempts = sessions,
          .sessions = sessions,
          .answered = sessions,
          .answer_seconds = 0.002 * static_cast<double>(sessions),
          .backends = 4};
}

TEST(Guards, LetAPoolGoOnThatIsAsGoodAsTheOther) {
  EXPECT_EQ(breach({}, healthy(100), healthy(1000)), std::nullopt);
}

TEST(Guards, JudgeNothingByTooFewConnections) {
  Figures fresh = healthy(49);
  fresh.failures = 49;
  EXPECT_EQ(breach({}, fresh, healthy(1000)), std::nullopt);
  EXPECT_FALSE(is_conclusive({}, fresh));
  EXPECT_TRUE(is_conclusive({.least = 49}, fresh));
}

TEST(Guards, SeeFailures) {
  Figures fresh = healthy(100);
  fresh.failures = 2;
  EXPECT_THAT(breach({}, fresh, healthy(1000)), Optional(HasSubstr("2.0 % of 100 connections")));
  Figures old = healthy(1000);
  old.failures = 15;  // As bad: then it is not the new pool's fault.
  EXPECT_EQ(breach({}, fresh, old), std::nullopt);
}

TEST(Guards, SeeThatNobodyAnswers) {
  Figures fresh = healthy(100);
  fresh.answered = 50;
  EXPECT_THAT(breach({}, fresh, healthy(1000)), Optional(HasSubstr("50.0 % of 100 sessions")));
  Figures silent = healthy(1000);
  silent.answered = 0;  // A protocol in which servers only listen.
  EXPECT_EQ(breach({}, fresh, silent), std::nullopt);
}

/// A pool that gets hardly anyone any more may answer two sessions while one begins.
TEST(Guards, TakeNoPoolForBetterThanAllAnswered) {
  Figures old = healthy(1);
  old.answered = 2;
  EXPECT_EQ(breach({}, healthy(200), old), std::nullopt);
}

TEST(Guards, SeeThatItIsSlow) {
  Figures fresh = healthy(100);
  fresh.answer_seconds = 0.1 * 100;
  EXPECT_THAT(breach({}, fresh, healthy(1000)), Optional(HasSubstr("100.0 ms, 2.0 ms")));
  fresh.answer_seconds = 0.009 * 100;  // Four times as slow, but both are fast.
  EXPECT_EQ(breach({}, fresh, healthy(1000)), std::nullopt);
}

TEST(Guards, SeeChecksThatFailEvenWithoutTraffic) {
  Figures fresh = healthy(0);
  fresh.failing = 2;
  EXPECT_EQ(breach({}, fresh, healthy(1000)), std::nullopt);
  fresh.failing = 3;
  EXPECT_THAT(breach({}, fresh, healthy(1000)), Optional(HasSubstr("1 of its 4 backends")));
  EXPECT_NE(breach({}, Figures{}, healthy(1000)), std::nullopt);  // None is left.
}

TEST(Figures, CountFromAStart) {
  Figures before = healthy(100);
  Figures after = healthy(130);
  after.failures = 3;
  const Figures grown = after.since(before);
  EXPECT_EQ(grown.attempts, 30U);
  EXPECT_EQ(grown.failures, 3U);
  EXPECT_NEAR(grown.answer_seconds, 0.06, 1e-9);
  EXPECT_EQ(grown.backends, 4U);
  EXPECT_EQ(healthy(7).since(before).sessions, 7U);  // Counted anew meanwhile.
}

}  // namespace
}  // namespace rollout
