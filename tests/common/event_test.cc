#include "common/event.h"

#include <event2/event.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <thread>

namespace common {
namespace {

using std::chrono::milliseconds;

/// Counts calls and stops the loop at the first.
struct Listener {
  explicit Listener(EventLoop& owner) : loop(owner) {}

  void on_event(short what) {
    ++calls;
    last = what;
    loop.stop();
  }
  void end_itself(short /*what*/) {
    ++calls;
    event.reset();
    loop.stop();
  }

  EventLoop& loop;
  EventPtr event;
  int calls = 0;
  short last = 0;
};

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe(ends.data()), 0);
    read.reset(ends[0]);
    write.reset(ends[1]);
  }
  UniqueFd read;
  UniqueFd write;
};

TEST(EventLoop, EndsAtOnceWhenStoppedBefore) {
  const auto loop = EventLoop::create().value();
  loop->stop();
  loop->run();
  loop->run();
}

TEST(EventLoop, IsWokenByAnotherThread) {
  const auto loop = EventLoop::create().value();
  bool woken = false;
  loop->on_wake([&] {
    woken = true;
    loop->stop();
  });
  std::thread other([&loop] { loop->wake(); });
  loop->run();
  other.join();
  EXPECT_TRUE(woken);
}

TEST(EventLoop, AnswersManyWakesWithOneCall) {
  const auto loop = EventLoop::create().value();
  int calls = 0;
  loop->on_wake([&] {
    ++calls;
    loop->stop();
  });
  for (int i = 0; i < 1000; ++i) loop->wake();
  loop->run();
  EXPECT_EQ(calls, 1);
}

TEST(EventLoop, TellsWhenADescriptorIsReadable) {
  const auto loop = EventLoop::create().value();
  const Pipe ends;
  Listener listener(*loop);
  listener.event = loop->watch<&Listener::on_event>(ends.read.get(), EV_READ, listener);
  arm(listener.event);
  ASSERT_EQ(write(ends.write.get(), "x", 1), 1);
  loop->run();
  EXPECT_EQ(listener.calls, 1);
  EXPECT_EQ(listener.last, EV_READ);
}

TEST(EventLoop, TellsWhenTimeIsUp) {
  const auto loop = EventLoop::create().value();
  const Pipe ends;
  Listener listener(*loop);
  listener.event = loop->watch<&Listener::on_event>(ends.read.get(), EV_READ, listener);
  arm(listener.event, milliseconds{1});
  loop->run();
  EXPECT_EQ(listener.last, EV_TIMEOUT);
}

TEST(EventLoop, ForgetsATimeLimitThatWasLifted) {
  const auto loop = EventLoop::create().value();
  const Pipe ends;
  Listener watched(*loop);
  watched.event = loop->watch<&Listener::on_event>(ends.read.get(), EV_READ, watched);
  Listener timer(*loop);
  timer.event = loop->watch<&Listener::on_event>(-1, 0, timer);
  arm(watched.event, milliseconds{1});
  arm(watched.event);
  arm(timer.event, milliseconds{5});
  loop->run();
  EXPECT_EQ(watched.calls, 0);
  EXPECT_EQ(timer.calls, 1);
}

TEST(EventLoop, CallsNothingThatWasDisarmed) {
  const auto loop = EventLoop::create().value();
  Listener disarmed(*loop);
  disarmed.event = loop->watch<&Listener::on_event>(-1, 0, disarmed);
  Listener timer(*loop);
  timer.event = loop->watch<&Listener::on_event>(-1, 0, timer);
  arm(disarmed.event, milliseconds{0});
  arm(timer.event, milliseconds{1});
  disarm(disarmed.event);
  loop->run();
  EXPECT_EQ(disarmed.calls, 0);
}

TEST(EventLoop, LetsAnEventEndInItsOwnCall) {
  const auto loop = EventLoop::create().value();
  const Pipe ends;
  Listener listener(*loop);
  listener.event = loop->watch<&Listener::end_itself>(
      ends.read.get(), static_cast<short>(EV_READ | EV_PERSIST), listener);
  arm(listener.event);
  ASSERT_EQ(write(ends.write.get(), "x", 1), 1);
  loop->run();
  EXPECT_EQ(listener.calls, 1);
}

}  // namespace
}  // namespace common
