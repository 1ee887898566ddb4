#include "watcher/follow/refresh_queue.h"

#include <gtest/gtest.h>

namespace watcher {
namespace {

using namespace std::chrono_literals;

const TimePoint kStart{100h};

std::string pop(RefreshQueue& queue, TimePoint now) {
  const auto question = queue.pop(now);
  return question ? question->key : "";
}

TEST(RefreshQueue, AsksAtOnceTheFirstTime) {
  RefreshQueue queue(100ms);
  EXPECT_EQ(queue.next(), TimePoint::max());
  queue.mark("/a", kStart, Haste::Now);
  EXPECT_EQ(queue.next(), kStart);
  EXPECT_EQ(pop(queue, kStart), "/a");
  EXPECT_EQ(pop(queue, kStart), "");
}

TEST(RefreshQueue, AsksOncePerIntervalHoweverManyHints) {
  RefreshQueue queue(100ms);
  queue.mark("/a", kStart, Haste::Now);
  queue.pop(kStart);
  queue.done("/a");
  for (int i = 0; i < 5; ++i) queue.mark("/a", kStart + 10ms, Haste::Now);
  EXPECT_EQ(pop(queue, kStart + 99ms), "");
  EXPECT_EQ(pop(queue, kStart + 100ms), "/a");
  EXPECT_EQ(pop(queue, kStart + 300ms), "");
}

TEST(RefreshQueue, AsksAgainOnlyAfterTheAnswer) {
  RefreshQueue queue(100ms);
  queue.mark("/a", kStart, Haste::Now);
  queue.pop(kStart);
  queue.mark("/a", kStart + 1ms, Haste::Now);
  EXPECT_EQ(pop(queue, kStart + 5s), "");
  queue.done("/a");
  EXPECT_EQ(pop(queue, kStart + 5s), "/a");
}

TEST(RefreshQueue, LetsHintsThatCanWaitGather) {
  RefreshQueue queue(100ms);
  queue.mark("/a", kStart, Haste::Soon);
  EXPECT_EQ(queue.next(), kStart + 100ms);
  queue.mark("/a", kStart + 10ms, Haste::Now);
  EXPECT_EQ(queue.next(), kStart + 10ms);
  EXPECT_EQ(queue.pop(kStart + 10ms)->heard, kStart);
}

TEST(RefreshQueue, ServesTheLongestWaitingFirst) {
  RefreshQueue queue(100ms);
  queue.mark("/b", kStart, Haste::Now);
  queue.mark("/a", kStart + 1ms, Haste::Now);
  EXPECT_EQ(pop(queue, kStart + 2ms), "/b");
  EXPECT_EQ(pop(queue, kStart + 2ms), "/a");
}

TEST(RefreshQueue, HoldsUntilReleased) {
  RefreshQueue queue(100ms);
  queue.hold("/a", kStart + 10s);
  queue.mark("/a", kStart, Haste::Now);
  EXPECT_EQ(pop(queue, kStart + 9s), "");
  queue.release("/a");
  EXPECT_EQ(pop(queue, kStart + 9s), "/a");
}

TEST(RefreshQueue, ForgetsWhatIsIdle) {
  RefreshQueue queue(100ms);
  queue.mark("/a", kStart, Haste::Now);
  queue.pop(kStart);
  queue.done("/a");
  queue.forget_idle(kStart + 100ms);
  queue.mark("/a", kStart + 100ms, Haste::Now);
  queue.clear();
  EXPECT_EQ(queue.waiting(), 0u);
  queue.done("/a");  // Of before clear(): nobody minds.
}

}  // namespace
}  // namespace watcher
