#pragma once

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

namespace common {

/// The dice of one simulated history.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  std::size_t between(std::size_t least, std::size_t most) {
    return std::uniform_int_distribution<std::size_t>(least, most)(engine_);
  }
  bool one_in(std::size_t chances) { return between(1, chances) == 1; }
  std::uint64_t number() { return engine_(); }

 private:
  std::mt19937_64 engine_;
};

/// One seed is played again, by SIGNPOST_SIM_SEED, to see what goes on.
inline bool is_replay() { return std::getenv("SIGNPOST_SIM_SEED") != nullptr; }

/// Plays the histories of seeds 1 to `count`, or to SIGNPOST_SIM_SEEDS, until one fails, and tells
/// how to play it again; with SIGNPOST_SIM_SEED set, only that one.
template <class Play>
void for_each_seed(std::uint64_t count, const Play& play) {
  const auto* const test = testing::UnitTest::GetInstance()->current_test_info();
  const auto play_one = [&](std::uint64_t seed) {
    SCOPED_TRACE("replay: SIGNPOST_SIM_SEED=" + std::to_string(seed) + " " +
                 program_invocation_short_name + " --gtest_filter=" + test->test_suite_name() +
                 "." + test->name());
    play(seed);
  };
  if (is_replay()) return play_one(std::stoull(std::getenv("SIGNPOST_SIM_SEED")));
  if (const char* seeds = std::getenv("SIGNPOST_SIM_SEEDS")) count = std::stoull(seeds);
  for (std::uint64_t seed = 1; seed <= count && !testing::Test::HasFailure(); ++seed) {
    play_one(seed);
  }
}

}  // namespace common
