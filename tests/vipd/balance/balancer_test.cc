#include "vipd/balance/balancer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace vipd {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;
using watcher::Backend;
using watcher::BackendState;

constexpr TimePoint kStart{std::chrono::hours(1)};

Backend backend(std::uint16_t port,
                BackendState state = BackendState::Passing,
                const std::string& app = "/app") {
  return {.endpoint = {common::IpAddress::v4(0x0a000001), port},
          .state = state,
          .task = {"test", app + std::to_string(port)},
          .app = app};
}

class BalancerTest : public testing::Test {
 protected:
  std::uint16_t pick(const Attempts& attempts = {}) {
    Target* target = balancer_.pick(attempts, now_);
    return target ? target->endpoint.port : 0;
  }
  Target& target(std::uint16_t port) {
    for (std::uint32_t id = 1;; ++id) {
      Target* found = balancer_.find(id);
      if (found != nullptr && found->endpoint.port == port) return *found;
    }
  }
  std::map<std::uint16_t, int> pick_many(int count) {
    std::map<std::uint16_t, int> picked;
    for (int i = 0; i < count; ++i) ++picked[pick()];
    return picked;
  }
  std::vector<Target*> update(std::vector<Backend> backends) {
    std::sort(backends.begin(), backends.end());
    return balancer_.update(backends, now_);
  }

  Balancer balancer_{{.balance = config::Balance::RoundRobin}};
  TimePoint now_ = kStart;
};

/// One on this host, one in its zone, one elsewhere.
std::vector<Backend> near_and_far() {
  std::vector<Backend> backends{backend(1), backend(2), backend(3)};
  for (std::size_t i = 0; i < backends.size(); ++i) {
    backends[i].near = static_cast<watcher::Nearness>(i);
  }
  return backends;
}

TEST_F(BalancerTest, DrainsAPoolAtRestOnlyWhereThatIsAsked) {
  auto resting = [](config::DrainRule rule) {
    Backend made = backend(1);
    made.assigned_weight = 0;
    made.at_rest = rule;
    return std::vector<Backend>{made, backend(2, BackendState::Passing, "/other")};
  };
  update({backend(1), backend(2, BackendState::Passing, "/other")});
  target(1).sessions.push_back(1);
  EXPECT_THAT(update(resting({})), IsEmpty());
  EXPECT_EQ(target(1).draining_since, std::nullopt);

  const config::DrainRule soon{config::Drain::Wait, milliseconds(500)};
  EXPECT_THAT(update(resting(soon)), ElementsAre(&target(1)));
  EXPECT_EQ(target(1).draining_since, now_);
  now_ += milliseconds(100);
  EXPECT_THAT(update(resting(soon)), IsEmpty()) << "it drains already";
  EXPECT_THAT(update(resting({config::Drain::Close})), ElementsAre(&target(1)));
  EXPECT_EQ(target(1).draining_since, now_);

  // That it goes altogether is another matter, with a limit of its own.
  auto going = resting({config::Drain::Close});
  going[0].state = BackendState::Draining;
  EXPECT_THAT(update(going), ElementsAre(&target(1)));
  update({backend(1), backend(2, BackendState::Passing, "/other")});
  EXPECT_EQ(target(1).draining_since, std::nullopt);
}

TEST_F(BalancerTest, KeepsTheSessionsOfWhatTheOperatorDrainsUntilItsTaskGoes) {
  Backend drained = backend(1, BackendState::Draining);
  drained.drained = true;
  update({backend(1), backend(2)});
  target(1).sessions.push_back(1);
  EXPECT_THAT(update({drained, backend(2)}), IsEmpty());
  EXPECT_EQ(pick_many(4), (std::map<std::uint16_t, int>{{2, 4}}));
  EXPECT_THAT(update({backend(2)}), ElementsAre(&target(1))) << "it is gone";
}

TEST_F(BalancerTest, PrefersTheNearest) {
  auto backends = near_and_far();
  update(backends);
  EXPECT_THAT(pick_many(10), ElementsAre(std::pair(1, 10)));
  backends[0].state = BackendState::Failing;
  update(backends);
  EXPECT_THAT(pick_many(10), ElementsAre(std::pair(2, 10)));
  backends[1].state = BackendState::Draining;
  update(backends);
  EXPECT_THAT(pick_many(10), ElementsAre(std::pair(3, 10)));
}

TEST_F(BalancerTest, GoesFurtherWhenTheNearestCannotBeReachedOrIsFull) {
  balancer_.configure({.balance = config::Balance::RoundRobin, .limit = 1}, now_);
  update(near_and_far());
  EXPECT_EQ(pick({.failed = {target(1).id}}), 2);
  target(1).sessions.push_back(1);
  EXPECT_EQ(pick(), 2);
  target(2).sessions.push_back(2);
  EXPECT_EQ(pick(), 3);
  target(1).sessions.clear();
  EXPECT_EQ(pick(), 1);
  balancer_.failed(target(1), now_);
  target(2).sessions.clear();
  EXPECT_EQ(pick(), 2) << "one that just refused is skipped for a while";
}

TEST_F(BalancerTest, PrefersTheNearestWithinAPoolOnly) {
  auto blue = backend(1, BackendState::Passing, "/blue");
  auto far_blue = backend(2, BackendState::Passing, "/blue");
  auto green = backend(3, BackendState::Passing, "/green");
  blue.near = watcher::Nearness::Agent;
  green.options.weight = 100;
  update({blue, far_blue, green});
  EXPECT_THAT(pick_many(10), ElementsAre(std::pair(1, 5), std::pair(3, 5)));
}

TEST_F(BalancerTest, HasNothingToOfferAtFirst) { EXPECT_EQ(pick(), 0); }

TEST_F(BalancerTest, SharesEquallyAmongPassingBackends) {
  update({backend(1),
          backend(2),
          backend(3, BackendState::Failing),
          backend(4),
          backend(5, BackendState::Draining)});
  EXPECT_EQ(pick_many(300), (std::map<std::uint16_t, int>{{1, 100}, {2, 100}, {4, 100}}));
}

TEST_F(BalancerTest, SharesByPassingBackendsAmongPools) {
  update({backend(1, BackendState::Passing, "/blue"),
          backend(2, BackendState::Passing, "/green"),
          backend(3, BackendState::Passing, "/green"),
          backend(4, BackendState::Failing, "/blue"),
          backend(5, BackendState::Passing, "/green")});
  const auto picked = pick_many(400);
  EXPECT_EQ(picked.at(1), 100);
  EXPECT_EQ(picked.at(2) + picked.at(3) + picked.at(5), 300);
}

TEST_F(BalancerTest, PanicsWhenNonePasses) {
  update({backend(1, BackendState::Failing), backend(2, BackendState::Draining)});
  EXPECT_EQ(pick_many(10), (std::map<std::uint16_t, int>{{1, 10}}));
}

TEST_F(BalancerTest, NeverOffersADrainingBackend) {
  update({backend(1, BackendState::Draining)});
  EXPECT_EQ(pick(), 0);
}

TEST_F(BalancerTest, SkipsWhatFailedUntilACheckPasses) {
  update({backend(1), backend(2)});
  EXPECT_TRUE(balancer_.failed(target(1), now_));
  EXPECT_FALSE(balancer_.failed(target(1), now_)) << "a connection that began before";
  EXPECT_EQ(pick_many(10), (std::map<std::uint16_t, int>{{2, 10}}));
  now_ += Ejection::kFirst;
  balancer_.checked(target(1), false, now_);
  EXPECT_EQ(target(1).ejection.until(), now_ + 2 * Ejection::kFirst);
  now_ += std::chrono::hours(1);
  EXPECT_EQ(pick_many(10), (std::map<std::uint16_t, int>{{2, 10}})) << "time alone mends nothing";
  balancer_.checked(target(1), true, now_);
  EXPECT_EQ(pick_many(10), (std::map<std::uint16_t, int>{{1, 5}, {2, 5}}));
}

TEST_F(BalancerTest, OffersAgainByTimeWhatNobodyCanCheck) {
  balancer_.configure(
      {.balance = config::Balance::RoundRobin, .comes_back = Balancer::Return::ByTime}, now_);
  update({backend(1), backend(2)});
  balancer_.failed(target(1), now_);
  EXPECT_EQ(pick_many(10), (std::map<std::uint16_t, int>{{2, 10}}));
  now_ += Ejection::kFirst;
  EXPECT_EQ(pick_many(10), (std::map<std::uint16_t, int>{{1, 5}, {2, 5}}));
}

TEST_F(BalancerTest, OffersAgainWhatPassesInTheTableAfterItFailedThere) {
  update({backend(1), backend(2)});
  balancer_.failed(target(1), now_);
  update({backend(1, BackendState::Failing), backend(2)});
  EXPECT_TRUE(target(1).ejection.active());
  update({backend(1), backend(2)});
  EXPECT_FALSE(target(1).ejection.active()) << "the prober found it well";
}

TEST_F(BalancerTest, LeavesOutNoMoreThanItsShare) {
  update({backend(1), backend(2), backend(3), backend(4), backend(5)});
  EXPECT_TRUE(balancer_.failed(target(1), now_));
  EXPECT_TRUE(balancer_.failed(target(2), now_));
  EXPECT_FALSE(balancer_.failed(target(3), now_)) << "half of five are two";
  EXPECT_EQ(pick_many(9), (std::map<std::uint16_t, int>{{3, 3}, {4, 3}, {5, 3}}));
  update({backend(1), backend(2), backend(3)});
  EXPECT_EQ(pick_many(10).size(), 2U) << "half of three is one";
  balancer_.configure({.balance = config::Balance::RoundRobin, .max_ejected = 0}, now_);
  EXPECT_EQ(pick_many(9).size(), 3U);
  EXPECT_FALSE(balancer_.failed(target(3), now_));
}

TEST_F(BalancerTest, LeavesOutOneWhateverTheShareButNeverTheLast) {
  balancer_.configure({.balance = config::Balance::RoundRobin, .max_ejected = 1}, now_);
  update({backend(1), backend(2)});
  EXPECT_TRUE(balancer_.failed(target(1), now_));
  balancer_.configure({.balance = config::Balance::RoundRobin, .max_ejected = 100}, now_);
  EXPECT_FALSE(balancer_.failed(target(2), now_));
}

TEST_F(BalancerTest, StartsWhatComesBackSlowly) {
  balancer_.configure(
      {.balance = config::Balance::WeightedRoundRobin, .slow_start = std::chrono::seconds(10)},
      now_);
  update({backend(1), backend(2)});
  balancer_.failed(target(1), now_);
  balancer_.checked(target(1), true, now_);
  EXPECT_EQ(pick_many(110), (std::map<std::uint16_t, int>{{1, 10}, {2, 100}}));
}

Backend weighted(std::uint16_t port, const std::string& app, std::optional<std::uint32_t> weight) {
  Backend made = backend(port, BackendState::Passing, app);
  made.options.weight = weight;
  return made;
}

TEST_F(BalancerTest, SharesByWeightOnceAPoolHasOne) {
  update({weighted(1, "/blue", {}), weighted(2, "/blue", {}), weighted(3, "/green", 25)});
  auto picked = pick_many(500);
  EXPECT_EQ(picked[1] + picked[2], 400) << "100, shared by two";
  EXPECT_EQ(picked[1], picked[2]);
  EXPECT_EQ(picked[3], 100);
}

TEST_F(BalancerTest, GivesNothingNewToAPoolOfWeightZero) {
  update({weighted(1, "/blue", 0), weighted(2, "/green", 100)});
  EXPECT_EQ(pick_many(10), (std::map<std::uint16_t, int>{{2, 10}}));
  update({weighted(1, "/blue", 0)});
  EXPECT_EQ(pick(), 0);
}

TEST_F(BalancerTest, GivesTheShareOfAPoolThatIsDownToTheOthers) {
  update({weighted(1, "/blue", 50), weighted(2, "/green", 50)});
  balancer_.failed(target(1), now_);
  EXPECT_EQ(pick_many(10), (std::map<std::uint16_t, int>{{2, 10}}));
  Attempts attempts;
  attempts.failed.push_back(target(2).id);
  EXPECT_EQ(pick(attempts), 1) << "weights don't count when the other choice is failure";
}

TEST_F(BalancerTest, KeepsSharesByWeightForClientsThatAreKept) {
  balancer_.configure({.balance = config::Balance::Source}, now_);
  update({weighted(1, "/blue", 90), weighted(2, "/green", 10)});
  std::map<std::uint16_t, int> picked;
  for (std::uint64_t client = 0; client < 10000; ++client) {
    Attempts attempts;
    attempts.client = client;
    const auto first = pick(attempts);
    ++picked[first];
    EXPECT_EQ(pick(attempts), first);
  }
  EXPECT_NEAR(picked[2], 1000, 150);
}

TEST_F(BalancerTest, PanicsBelowTheThreshold) {
  balancer_.configure({.balance = config::Balance::RoundRobin, .panic_threshold = 50}, now_);
  const auto with_passing = [](int count) {
    std::vector<Backend> backends;
    for (std::uint16_t port = 1; port <= 4; ++port)
      backends.push_back(
          backend(port, port <= count ? BackendState::Passing : BackendState::Failing));
    return backends;
  };
  update(with_passing(2));
  EXPECT_FALSE(balancer_.in_panic());
  EXPECT_EQ(pick_many(4), (std::map<std::uint16_t, int>{{1, 2}, {2, 2}}));
  update(with_passing(1));
  EXPECT_TRUE(balancer_.in_panic());
  EXPECT_EQ(pick_many(4).size(), 4U);
  update(with_passing(4));
  EXPECT_FALSE(balancer_.in_panic());
}

TEST_F(BalancerTest, StartsNewcomersSlowly) {
  balancer_.configure(
      {.balance = config::Balance::WeightedRoundRobin, .slow_start = milliseconds(1000)}, now_);
  update({backend(1), backend(3, BackendState::Failing)});
  EXPECT_EQ(target(1).weight, 1) << "the first ones have nobody to relieve them";
  now_ += milliseconds(5000);
  update({backend(1), backend(2), backend(3)});
  auto picked = pick_many(120);
  EXPECT_EQ(picked[1], 100);
  EXPECT_EQ(picked[2], 10);
  EXPECT_EQ(picked[3], 10) << "one that comes back is a newcomer, too";
  now_ += milliseconds(500);
  picked = pick_many(200);
  EXPECT_NEAR(picked[2], 50, 2);
  now_ += milliseconds(500);
  picked = pick_many(300);
  EXPECT_NEAR(picked[2], 100, 2);
}

TEST_F(BalancerTest, OffersAgainWhatSucceeded) {
  update({backend(1), backend(2)});
  balancer_.failed(target(1), now_);
  balancer_.succeeded(target(1), milliseconds(1), now_);
  EXPECT_EQ(pick_many(10), (std::map<std::uint16_t, int>{{1, 5}, {2, 5}}));
}

TEST_F(BalancerTest, NeverSkipsAllOfThem) {
  update({backend(1), backend(2)});
  balancer_.failed(target(1), now_);
  EXPECT_FALSE(balancer_.failed(target(2), now_));
  EXPECT_EQ(pick_many(10), (std::map<std::uint16_t, int>{{2, 10}}));
  update({backend(1)});
  EXPECT_EQ(pick(), 1) << "now it is the last";
}

TEST_F(BalancerTest, KnowsWhetherAnythingLivedLately) {
  update({backend(1)});
  EXPECT_FALSE(balancer_.lived_lately(now_)) << "the table's word alone is no sign of life";
  balancer_.succeeded(target(1), milliseconds(1), now_);
  EXPECT_TRUE(balancer_.lived_lately(now_));
  now_ += Balancer::kMemory;
  EXPECT_FALSE(balancer_.lived_lately(now_));
}

TEST_F(BalancerTest, TakesAPassingBackendThatStopsPassingForASignOfLife) {
  update({backend(1), backend(2, BackendState::Failing)});
  update({backend(1), backend(2, BackendState::Failing), backend(3)});
  EXPECT_FALSE(balancer_.lived_lately(now_));
  update({backend(1, BackendState::Draining), backend(3)});
  EXPECT_TRUE(balancer_.lived_lately(now_));
  now_ += Balancer::kMemory;
  update({});
  EXPECT_TRUE(balancer_.lived_lately(now_)) << "the last one is gone only now";
}

TEST_F(BalancerTest, OffersEachBackendOnceToOneClient) {
  update({backend(1), backend(2), backend(3)});
  balancer_.failed(target(2), now_);  // Skipped, and yet the last resort.
  Attempts attempts;
  std::vector<std::uint16_t> offered;
  while (Target* next = balancer_.pick(attempts, now_)) {
    offered.push_back(next->endpoint.port);
    attempts.failed.push_back(next->id);
  }
  ASSERT_EQ(offered.size(), 3U);
  EXPECT_EQ(offered.back(), 2);
}

TEST_F(BalancerTest, StartsWhereItIsTold) {
  Balancer other({.balance = config::Balance::RoundRobin, .seed = 1});
  const std::vector<Backend> backends{backend(1), backend(2)};
  other.update(backends, now_);
  EXPECT_EQ(other.pick({}, now_)->endpoint.port, 2);
}

TEST_F(BalancerTest, KeepsWhatItLearnedAcrossUpdates) {
  update({backend(1), backend(2)});
  balancer_.failed(target(1), now_);
  update({backend(1), backend(2), backend(3)});
  EXPECT_EQ(pick_many(10), (std::map<std::uint16_t, int>{{2, 5}, {3, 5}}));
}

TEST_F(BalancerTest, TellsWhoBeginsToDrainWithSessions) {
  update({backend(1), backend(2), backend(3), backend(4)});
  target(1).sessions.push_back(0);
  target(2).sessions.push_back(1);
  target(4).sessions.push_back(2);
  // One drains, one is gone, one was idle, one goes on.
  const auto drains = update({backend(1, BackendState::Draining), backend(4)});
  EXPECT_THAT(drains, ElementsAre(&target(1), &target(2)));
  EXPECT_EQ(balancer_.size(), 3U);
  now_ += milliseconds(5);
  EXPECT_THAT(update({backend(4)}), IsEmpty());  // Draining already.
  EXPECT_EQ(target(1).draining_since, kStart);
}

TEST_F(BalancerTest, ForgetsATargetWithItsLastSession) {
  update({backend(1)});
  target(1).sessions.push_back(0);
  update({});
  EXPECT_EQ(balancer_.size(), 1U);
  target(1).sessions.clear();
  balancer_.release(target(1));
  EXPECT_EQ(balancer_.size(), 0U);
}

TEST_F(BalancerTest, TakesBackWhatDrained) {
  update({backend(1)});
  target(1).sessions.push_back(0);
  update({});
  update({backend(1)});
  EXPECT_FALSE(target(1).draining_since);
  EXPECT_EQ(pick(), 1);
}

TEST_F(BalancerTest, TellsTasksThatShareAnEndpointApart) {
  Backend old_task = backend(1, BackendState::Draining);
  Backend new_task = backend(1);
  new_task.task.id = "new";
  update({old_task, new_task});
  EXPECT_EQ(balancer_.size(), 2U);
  EXPECT_EQ(pick(), 1);
}

}  // namespace
}  // namespace vipd
