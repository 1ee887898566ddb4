#pragma once

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/common/simulation.h"

namespace watcher::testing {

enum class Network {
  Bad,   // Loses, delays, cuts; each simulation says what else.
  Good,  // Only takes its time.
};
enum class Keep { Problems, Course };

/// What all simulations have in common: one random history in virtual time, what is yet to happen
/// in it, and what was found to be wrong.
class History {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::nanoseconds;

  virtual ~History() = default;
  virtual void run() = 0;

  const std::vector<std::string>& problems() const { return problems_; }
  const std::vector<std::string>& course() const { return course_; }

 protected:
  History(std::uint64_t seed, Network network, Keep keep)
      : random_(seed), chaos_(network == Network::Bad), keep_course_(keep == Keep::Course) {}

  // What is played.

  virtual TimePoint& clock() = 0;
  virtual TimePoint next_tick() = 0;
  virtual void tick() = 0;
  virtual void react() = 0;  // After everything that happened.

  // Chance.

  bool chance(double share) { return std::bernoulli_distribution(share)(random_); }
  bool mishap(double share) { return chaos_ && chance(share); }
  Duration between(Duration least, Duration most) {
    return Duration(
        std::uniform_int_distribution<std::int64_t>(least.count(), most.count())(random_));
  }
  Duration latency() {
    using namespace std::chrono_literals;
    return mishap(0.1) ? between(0s, 5s) : between(0s, 20ms);
  }
  int percent() { return std::uniform_int_distribution(0, 99)(random_); }
  std::ptrdiff_t pick(std::size_t size) { return static_cast<std::ptrdiff_t>(random_() % size); }
  template <class Container>
  auto& pick_from(Container& container) {
    return *std::next(container.begin(), pick(container.size()));
  }

  // Time.

  void after(Duration delay, std::function<void()> what) {
    agenda_.emplace(clock() + delay, std::move(what));
  }
  void play_until(TimePoint end) {
    for (;;) {
      const TimePoint tick_due = next_tick();
      const TimePoint due = agenda_.empty() ? TimePoint::max() : agenda_.begin()->first;
      if (std::min(tick_due, due) > end) break;
      clock() = std::max(clock(), std::min(tick_due, due));
      if (due <= tick_due) {
        const auto what = std::move(agenda_.begin()->second);
        agenda_.erase(agenda_.begin());
        what();
      } else {
        tick();
      }
      react();
    }
    clock() = end;
  }
  void play_for(Duration length) { play_until(clock() + length); }

  // What comes of it.

  void problem(const std::string& what) {
    note("PROBLEM " + what);
    problems_.push_back(what);
  }
  void note(const std::string& what) {
    if (!keep_course_) return;
    const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(
        clock() - TimePoint{std::chrono::hours(1000)});
    course_.push_back(fmt::format("{:7} ms  {}", time.count(), what));
  }

  std::mt19937_64 random_;
  bool chaos_;          // Of the network.
  bool active_ = true;  // The cluster changes.

 private:
  bool keep_course_;
  std::multimap<TimePoint, std::function<void()>> agenda_;
  std::vector<std::string> problems_;
  std::vector<std::string> course_;
};

using MakeHistory = std::function<std::unique_ptr<History>(std::uint64_t seed, Keep)>;

/// Plays histories as common::for_each_seed() does; one that is played again prints its course.
inline void play(std::uint64_t seeds, const MakeHistory& make) {
  common::for_each_seed(seeds, [&make](std::uint64_t seed) {
    const auto history = make(seed, common::is_replay() ? Keep::Course : Keep::Problems);
    history->run();
    for (const std::string& line : history->course()) fmt::print("{}\n", line);
    for (const std::string& problem : history->problems()) ADD_FAILURE() << problem;
  });
}

}  // namespace watcher::testing
