#include "rollout/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/rollout/pools.h"

namespace rollout {
namespace {

using namespace std::chrono_literals;
using testing::good;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::whole_plan;

class JournalTest : public ::testing::Test {
 protected:
  std::string metrics() const {
    common::MetricsPage page;
    journal.describe(page);
    Journal::describe(rollouts, page);
    return page.text();
  }
  std::string changes(const char* change, int count) {
    return std::string("signpost_rollout_changes_total{change=\"") + change + "\"} " +
           std::to_string(count) + "\n";
  }

  TimePoint now{1h};
  std::vector<Rollout> rollouts{Rollout{whole_plan(), good(0), good(0), now}};
  Journal journal;
};

TEST_F(JournalTest, CountsEachChangeOnce) {
  journal.follow(rollouts);
  journal.follow(rollouts);
  EXPECT_THAT(metrics(), HasSubstr(changes("started", 1)));
  rollouts[0].tick(good(100), good(1000), now += 60s);
  journal.follow(rollouts);
  EXPECT_THAT(metrics(), HasSubstr(changes("step", 1)));
  EXPECT_THAT(metrics(),
              HasSubstr("signpost_rollout_percent{vip=\"web.marathon:80/tcp\","
                        "pool=\"/green\"} 20\n"));
  rollouts[0].pause("by the operator");
  journal.follow(rollouts);
  rollouts[0].resume(good(100), good(1000), now);
  journal.follow(rollouts);
  Figures bad = good(200);
  bad.failures = 50;
  rollouts[0].tick(bad, good(2000), now);
  journal.follow(rollouts);
  EXPECT_THAT(metrics(), HasSubstr(changes("paused", 1)));
  EXPECT_THAT(metrics(), HasSubstr(changes("resumed", 1)));
  EXPECT_THAT(metrics(), HasSubstr(changes("aborted", 1)));
  EXPECT_THAT(metrics(), Not(HasSubstr("signpost_rollout_percent{")));
}

TEST_F(JournalTest, TellsNothingOfWhatAnEarlierRunHasTold) {
  journal.adopt(rollouts);
  journal.follow(rollouts);
  EXPECT_THAT(metrics(), HasSubstr(changes("started", 0)));
}

TEST_F(JournalTest, KnowsANewRolloutOfTheSamePlan) {
  journal.follow(rollouts);
  rollouts[0].abort("by the operator");
  journal.follow(rollouts);
  rollouts[0] = Rollout{whole_plan(), good(0), good(0), now};
  journal.follow(rollouts);
  EXPECT_THAT(metrics(), HasSubstr(changes("started", 2)));
}

}  // namespace
}  // namespace rollout
