#include "minimarathon/rollout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <list>
#include <memory>

namespace minimarathon {
namespace {

/// An app and its instances, where starts and kills take as long as the test wants.
class Rollout {
 public:
  struct Strategy {
    std::uint32_t instances;
    double minimum_health;
    double over_capacity;
  };
  explicit Rollout(Strategy strategy) { define(strategy, "v1"); }
  /// As above, and all its instances run.
  static Rollout deployed(Strategy strategy) {
    Rollout rollout(strategy);
    rollout.step();
    rollout.run();
    return rollout;
  }

  void define(Strategy strategy, const std::string& config_version) {
    app_ = std::make_shared<App>();
    app_->instances = strategy.instances;
    app_->minimum_health_capacity = strategy.minimum_health;
    app_->maximum_over_capacity = strategy.over_capacity;
    app_->config_version = config_version;
  }

  struct Moves {
    std::size_t killed;
    std::uint32_t started;
    bool done;
  };
  Moves step() {
    std::vector<Instance*> all;
    for (Instance& instance : instances_) all.push_back(&instance);
    const RolloutStep step = next_step(*app_, all);
    for (Instance* victim : step.kill) victim->goes = true;
    for (std::uint32_t i = 0; i < step.start; ++i) instances_.push_back({.app = app_});
    return {step.kill.size(), step.start, step.done};
  }

  RolloutStep keep() {
    std::vector<Instance*> all;
    for (Instance& instance : instances_) all.push_back(&instance);
    return keep_count(*app_, all);
  }

  /// So many that were started now run.
  void run(std::size_t count = 100) {
    for (Instance& instance : instances_) {
      if (instance.condition != Condition::Scheduled || instance.goes || count-- == 0) continue;
      instance.condition = Condition::Running;
      instance.started_at = WallTime{} + std::chrono::seconds(++clock_);
    }
  }
  void bury() {
    instances_.remove_if([](const Instance& instance) { return instance.goes; });
  }
  /// Does as it is told until nothing changes; the fewest that served at any time.
  std::size_t run_to_the_end() {
    std::size_t fewest = serving();
    for (Moves moves = step(); !moves.done; moves = step()) {
      fewest = std::min(fewest, serving());
      largest_ = std::max(largest_, instances_.size());
      bury();
      run(1);
    }
    return fewest;
  }
  std::size_t serving() const {
    return static_cast<std::size_t>(
        std::count_if(instances_.begin(), instances_.end(), [](const Instance& one) {
          return !one.goes && one.serves();
        }));
  }
  std::size_t largest() const { return largest_; }
  std::list<Instance>& instances() { return instances_; }
  App& app() { return *app_; }

 private:
  std::shared_ptr<App> app_;
  std::list<Instance> instances_;
  int clock_ = 0;
  std::size_t largest_ = 0;
};

enum class Verdict : std::uint8_t { Unknown, Healthy, Unhealthy };

/// Gives the instance one health check that has found this.
void judge(Instance& instance, Verdict verdict) {
  instance.checks.assign(1, {});
  const CheckResult result{.passed = verdict == Verdict::Healthy};
  if (verdict != Verdict::Unknown)
    instance.checks[0].observe({}, result, {}, WallTime::clock::now());
}

TEST(Rollout, StartsWhatIsMissingAtOnce) {
  Rollout rollout({.instances = 3, .minimum_health = 1, .over_capacity = 0});
  EXPECT_EQ(rollout.step().started, 3U);
  EXPECT_FALSE(rollout.step().done);
  rollout.run();
  EXPECT_TRUE(rollout.step().done);
}

TEST(Rollout, ScalesDownTheYoungestFirst) {
  Rollout rollout = Rollout::deployed({.instances = 3, .minimum_health = 1, .over_capacity = 1});
  rollout.define({.instances = 2, .minimum_health = 1, .over_capacity = 1}, "v1");
  EXPECT_EQ(rollout.step().killed, 1U);
  EXPECT_TRUE(rollout.instances().back().goes);
  EXPECT_FALSE(rollout.step().done);  // Not before it is gone.
  rollout.bury();
  EXPECT_TRUE(rollout.step().done);
}

TEST(Rollout, ScalesDownTheOldestFirstWhenAsked) {
  Rollout rollout = Rollout::deployed({.instances = 3, .minimum_health = 1, .over_capacity = 1});
  rollout.define({.instances = 2, .minimum_health = 1, .over_capacity = 1}, "v1");
  rollout.app().kill_oldest_first = true;
  rollout.step();
  EXPECT_TRUE(rollout.instances().front().goes);
}

TEST(Rollout, ScalesDownWhoDoesNotRunYetBeforeTheOthers) {
  Rollout rollout({.instances = 2, .minimum_health = 1, .over_capacity = 1});
  rollout.step();
  rollout.run(1);
  Instance& waiting = rollout.instances().back();
  rollout.define({.instances = 1, .minimum_health = 1, .over_capacity = 1}, "v1");
  rollout.step();
  EXPECT_TRUE(waiting.goes);
}

struct Case {
  Rollout::Strategy strategy;
  std::size_t killed_now;
  std::uint32_t started_now;
};

/// The rows of Marathon's own arithmetic: what happens first when five healthy ones are replaced.
TEST(Rollout, BeginsAsMarathonDoes) {
  const Case cases[] = {
      {{5, 0.9, 1}, 0, 5},
      {{5, 0.9, 0}, 0, 1},
      {{5, 0.5, 0}, 2, 0},
      {{5, 0, 0}, 5, 0},
      {{5, 1, 0.2}, 0, 1},
      {{1, 1, 1}, 0, 1},
      {{4, 0.25, 0.25}, 3, 1},
  };
  for (const Case& row : cases) {
    Rollout rollout(row.strategy);
    rollout.step();
    rollout.run();
    rollout.define(row.strategy, "v2");
    const auto moves = rollout.step();
    EXPECT_EQ(moves.killed, row.killed_now) << row.strategy.minimum_health;
    EXPECT_EQ(moves.started, row.started_now) << row.strategy.minimum_health;
  }
}

TEST(Rollout, KeepsEnoughServingAndEnds) {
  for (const double minimum : {0.0, 0.25, 0.5, 0.9, 1.0}) {
    for (const double over : {0.0, 0.25, 1.0}) {
      for (const std::uint32_t count : {1U, 2U, 5U, 8U}) {
        Rollout rollout({count, minimum, over});
        rollout.run_to_the_end();
        rollout.define({count, minimum, over}, "v2");
        const std::size_t fewest = rollout.run_to_the_end();
        EXPECT_GE(fewest, std::ceil(count * minimum)) << count << " " << minimum << " " << over;
        EXPECT_LE(rollout.largest(), std::floor(count * (1 + over)) + 1);
        EXPECT_EQ(rollout.serving(), count);
      }
    }
  }
}

TEST(Rollout, ScalesDownWithoutRegardToHealth) {
  Rollout rollout = Rollout::deployed({.instances = 2, .minimum_health = 1, .over_capacity = 1});
  judge(rollout.instances().front(), Verdict::Unhealthy);
  rollout.define({.instances = 1, .minimum_health = 1, .over_capacity = 1}, "v1");
  rollout.step();
  EXPECT_TRUE(rollout.instances().back().goes);  // The youngest, though it is healthy.
}

TEST(Rollout, ReplacesUnhealthyOldOnesFirst) {
  const Rollout::Strategy strategy{.instances = 3, .minimum_health = 0.5, .over_capacity = 0};
  Rollout rollout = Rollout::deployed(strategy);
  for (Instance& instance : rollout.instances()) judge(instance, Verdict::Healthy);
  Instance& ill = rollout.instances().front();  // The oldest: by age it would be the last.
  judge(ill, Verdict::Unhealthy);
  rollout.define(strategy, "v2");
  EXPECT_EQ(rollout.step().killed, 1U);
  EXPECT_TRUE(ill.goes);
}

/// A new leader knows no results: what ran may serve, what is new has to prove it.
TEST(Rollout, KeepsOldOnesOfWhichNothingIsKnown) {
  const Rollout::Strategy strategy{.instances = 2, .minimum_health = 1, .over_capacity = 1};
  Rollout rollout = Rollout::deployed(strategy);
  for (Instance& instance : rollout.instances()) judge(instance, Verdict::Unknown);
  rollout.define(strategy, "v2");
  const auto moves = rollout.step();
  EXPECT_EQ(moves.killed, 0U);
  EXPECT_EQ(moves.started, 2U);
}

TEST(Rollout, ReplacesNoneBeforeANewOneIsReady) {
  const Rollout::Strategy strategy{.instances = 1, .minimum_health = 1, .over_capacity = 1};
  Rollout rollout = Rollout::deployed(strategy);
  rollout.define(strategy, "v2");
  rollout.app().readiness.emplace();
  rollout.step();
  rollout.run();
  EXPECT_EQ(rollout.step().killed, 0U);
  rollout.instances().back().ready = true;
  EXPECT_EQ(rollout.step().killed, 1U);
}

/// With as many as it must have and no more, one more than allowed makes room; but only if all
/// serve.
TEST(Rollout, GoesBeyondItsCapacityOnlyWhereItWouldBlock) {
  const Rollout::Strategy strategy{.instances = 2, .minimum_health = 1, .over_capacity = 0};
  Rollout rollout = Rollout::deployed(strategy);
  for (Instance& instance : rollout.instances()) judge(instance, Verdict::Healthy);
  judge(rollout.instances().front(), Verdict::Unhealthy);
  rollout.define(strategy, "v2");
  EXPECT_EQ(rollout.step().started, 0U);
  rollout.bury();
  EXPECT_EQ(rollout.step().started, 1U);
}

TEST(Rollout, KillsTheSurplusOfAnEarlierDeploymentAtOnce) {
  Rollout rollout = Rollout::deployed({.instances = 4, .minimum_health = 1, .over_capacity = 1});
  rollout.define({.instances = 2, .minimum_health = 1, .over_capacity = 1}, "v2");
  EXPECT_EQ(rollout.step().killed, 2U);
}

TEST(Rollout, LeavesRoomForThoseOnTheirWayOut) {
  const Rollout::Strategy strategy{.instances = 4, .minimum_health = 0.25, .over_capacity = 0.25};
  Rollout rollout = Rollout::deployed(strategy);
  rollout.define(strategy, "v2");
  rollout.step();
  rollout.run();
  const auto moves = rollout.step();  // The new one serves, so the last old one goes.
  EXPECT_EQ(moves.killed, 1U);
  EXPECT_EQ(moves.started, 0U);  // But four old ones have still to end.
  rollout.bury();
  EXPECT_EQ(rollout.step().started, 3U);
}

TEST(Rollout, NeverEndsWhileNewOnesAreNotHealthy) {
  const Rollout::Strategy strategy{.instances = 2, .minimum_health = 1, .over_capacity = 1};
  Rollout rollout = Rollout::deployed(strategy);
  rollout.define(strategy, "v2");
  rollout.step();
  rollout.run();
  for (Instance& instance : rollout.instances()) judge(instance, Verdict::Unhealthy);
  rollout.bury();
  EXPECT_FALSE(rollout.step().done);
}

/// Without a deployment both versions stay; only the count is looked after.
TEST(Rollout, KeepsTheCountOfWhateverVersion) {
  Rollout rollout = Rollout::deployed({.instances = 2, .minimum_health = 1, .over_capacity = 1});
  rollout.define({.instances = 3, .minimum_health = 1, .over_capacity = 1}, "v2");
  EXPECT_EQ(rollout.keep().start, 1U);
  EXPECT_TRUE(rollout.keep().kill.empty());
  rollout.define({.instances = 1, .minimum_health = 1, .over_capacity = 1}, "v2");
  EXPECT_EQ(rollout.keep().kill.size(), 1U);
}

TEST(Rollout, OldOnesThatServeNobodyDoNotBlock) {
  Rollout rollout({.instances = 2, .minimum_health = 1, .over_capacity = 0});
  rollout.step();  // They never run.
  rollout.define({.instances = 2, .minimum_health = 1, .over_capacity = 0}, "v2");
  EXPECT_EQ(rollout.step().killed, 2U);
}

}  // namespace
}  // namespace minimarathon
