#include "admin/service_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <tuple>

#include "tests/watcher/catalog/sample_tasks.h"

namespace admin {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using watcher::Remove;
using watcher::Task;
using watcher::Upsert;
using watcher::testing::sample_task;
using watcher::testing::vip_task;

class ServiceLogTest : public ::testing::Test {
 protected:
  ServiceLogTest() : catalog_(options()) { log_.follow(snapshot()); }

  static watcher::Catalog::Options options() {
    watcher::Catalog::Options options;
    options.vips.pool = common::Ipv4Prefix::parse("11.0.0.0/8").value();
    return options;
  }

  std::shared_ptr<const watcher::Snapshot> snapshot() const {
    return std::make_shared<const watcher::Snapshot>(catalog_.snapshot());
  }
  void apply(std::vector<watcher::Update> updates) { catalog_.apply(std::move(updates)); }
  /// Applies, follows, and gives the generation before.
  std::uint64_t change(std::vector<watcher::Update> updates) {
    const std::uint64_t before = log_.generation();
    apply(std::move(updates));
    log_.follow(snapshot());
    return before;
  }

  std::vector<std::string> changed(std::uint64_t since) const {
    std::vector<std::string> apps;
    for (const auto& one : log_.since(since).changed) apps.push_back(one->first.app);
    return apps;
  }
  std::vector<std::string> removed(std::uint64_t since) const {
    std::vector<std::string> apps;
    for (const ServiceId& id : log_.since(since).removed) apps.push_back(id.app);
    return apps;
  }

  watcher::Catalog catalog_;
  ServiceLog log_{3};
};

TEST_F(ServiceLogTest, TellsWhatChangedSinceAnyGenerationItSaw) {
  const auto empty = change({Upsert{sample_task("a.1", "/a")}, Upsert{sample_task("b.1", "/b")}});
  const auto both = change({Upsert{sample_task("b.2", "/b")}});
  change({Remove{{"marathon", "a.1"}}});
  EXPECT_THAT(changed(empty), ElementsAre("/b"));
  EXPECT_THAT(removed(empty), ElementsAre("/a"));
  EXPECT_THAT(changed(both), ElementsAre("/b"));
  EXPECT_THAT(changed(log_.generation()), IsEmpty());
  EXPECT_THAT(removed(log_.generation()), IsEmpty());
}

TEST_F(ServiceLogTest, TellsAServiceThatCameBackAsThere) {
  change({Upsert{sample_task("a.1", "/a")}});
  const auto there = change({Remove{{"marathon", "a.1"}}});
  change({Upsert{sample_task("a.2", "/a")}});
  EXPECT_THAT(changed(there), ElementsAre("/a"));
  EXPECT_THAT(removed(there), IsEmpty());
}

TEST_F(ServiceLogTest, SaysNothingOfWhatCameAndWentUnseen) {
  const auto before = log_.generation();
  apply({Upsert{sample_task("a.1", "/a")}});
  change({Remove{{"marathon", "a.1"}}});
  EXPECT_THAT(changed(before), IsEmpty());
  EXPECT_THAT(removed(before), IsEmpty());
}

TEST_F(ServiceLogTest, ChangesEveryServiceBehindAVip) {
  change({Upsert{vip_task("a.1", 1, "/shop:80", "/a")},
          Upsert{vip_task("b.1", 2, "/shop:80", "/b")},
          Upsert{sample_task("c.1", "/c")}});
  Task killed = vip_task("a.1", 1, "/shop:80", "/a");
  killed.state = watcher::TaskState::Killing;
  const auto before = change({Upsert{killed}});
  EXPECT_THAT(changed(before), UnorderedElementsAre("/a", "/b"));
  const auto killing = change({Remove{{"marathon", "a.1"}}});
  EXPECT_THAT(changed(killing), ElementsAre("/b"));
  EXPECT_THAT(log_.services().begin()->second.vips, SizeIs(1));
}

TEST_F(ServiceLogTest, MovesATaskToAnotherServiceWithItsVips) {
  change({Upsert{vip_task("x.1", 1, "shop:80", "/a")}});
  Task moved = vip_task("x.1", 1, "shop:80", "/a");
  moved.framework = "metronome";
  // The same VIP, told by its address: its id does not follow the framework.
  moved.ports[0].labels = {{"VIP_0", "1.2.3.4:80"}};
  change({Upsert{moved}});
  moved.framework = "chronos";
  change({Upsert{moved}});
  ASSERT_THAT(log_.services(), SizeIs(1));
  EXPECT_EQ(log_.services().begin()->first.framework, "chronos");
  EXPECT_THAT(log_.services().begin()->second.vips, SizeIs(1));
}

TEST_F(ServiceLogTest, ForgetsTheOldestOfThoseThatAreGone) {
  const auto start = log_.generation();
  for (const char* app : {"/a", "/b", "/c", "/d"}) change({Upsert{sample_task(app, app)}});
  for (const char* app : {"/a", "/b", "/c"}) change({Remove{{"marathon", app}}});
  EXPECT_TRUE(log_.remembers(start));
  change({Remove{{"marathon", "/d"}}});
  EXPECT_FALSE(log_.remembers(start));
  EXPECT_FALSE(log_.remembers(start + 4)) << "/a went after it";
  EXPECT_TRUE(log_.remembers(start + 5));
  EXPECT_THAT(removed(start + 5), ElementsAre("/b", "/c", "/d"));
}

TEST_F(ServiceLogTest, KnowsNothingOfGenerationsOfOthers) {
  change({Upsert{sample_task("a.1", "/a")}});
  ServiceLog late;
  EXPECT_FALSE(late.remembers(0));
  late.follow(snapshot());
  EXPECT_FALSE(late.remembers(0));
  EXPECT_TRUE(late.remembers(1));
  EXPECT_FALSE(late.remembers(2));
}

TEST_F(ServiceLogTest, LeadsFromNothingThatWasNotSynced) {
  watcher::Catalog::Options waiting = options();
  waiting.sources = {"marathon"};
  watcher::Catalog catalog(waiting);
  ServiceLog log;
  log.follow(std::make_shared<const watcher::Snapshot>(catalog.snapshot()));
  catalog.apply({watcher::Reset{"marathon", {}}});
  log.follow(std::make_shared<const watcher::Snapshot>(catalog.snapshot()));
  EXPECT_FALSE(log.remembers(0));
  EXPECT_TRUE(log.remembers(1));
}

std::uint64_t work_of_one_change(int others) {
  std::vector<Task> tasks;
  for (int i = 0; i < others; ++i) {
    const std::string n = std::to_string(i);
    tasks.push_back(vip_task("t" + n, 1000, "/vip" + n + ":80", "/app" + n));
  }
  watcher::Catalog::Options options;
  options.vips.pool = common::Ipv4Prefix::parse("11.0.0.0/8").value();
  watcher::Catalog catalog(options);
  catalog.apply({watcher::Reset{"marathon", std::move(tasks)}});
  ServiceLog log;
  log.follow(std::make_shared<const watcher::Snapshot>(catalog.snapshot()));
  const std::uint64_t before = log.work();
  catalog.apply({Upsert{vip_task("t0", 1001, "/vip0:80", "/app0")}});
  log.follow(std::make_shared<const watcher::Snapshot>(catalog.snapshot()));
  return log.work() - before;
}

TEST(ServiceLogCost, FollowsTheChange) {
  EXPECT_EQ(work_of_one_change(100), work_of_one_change(5'000));
}

/// What a client would know that is told every change, whichever generations it misses.
TEST(ServiceLogSimulation, LeadsFromAnyGenerationToTheSameState) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    watcher::Catalog::Options options;
    options.vips.pool = common::Ipv4Prefix::parse("11.0.0.0/8").value();
    watcher::Catalog catalog(options);
    ServiceLog log;
    using Shown = std::map<ServiceId, std::pair<std::size_t, std::size_t>>;
    Shown client;
    std::uint64_t known = 0;
    log.follow(std::make_shared<const watcher::Snapshot>(catalog.snapshot()));
    for (int step = 0; step < 300; ++step) {
      const std::string n = std::to_string(random() % 12);
      const std::string app = "/app" + std::to_string(random() % 4);
      if (random() % 3 == 0) {
        catalog.apply({Remove{{"marathon", "t" + n}}});
      } else {
        const std::string vip = "/vip" + std::to_string(random() % 3) + ":80";
        catalog.apply({Upsert{vip_task("t" + n, 1000, vip, app)}});
      }
      if (random() % 2 == 0)
        log.follow(std::make_shared<const watcher::Snapshot>(catalog.snapshot()));
      if (random() % 4 != 0) continue;
      ASSERT_TRUE(log.remembers(known));
      for (const auto& one : log.since(known).changed) {
        client[one->first] = {one->second.tasks.size(), one->second.vips.size()};
      }
      for (const ServiceId& id : log.since(known).removed) client.erase(id);
      known = log.generation();
      ServiceLog fresh;
      if (catalog.snapshot().generation != known) continue;
      fresh.follow(std::make_shared<const watcher::Snapshot>(catalog.snapshot()));
      Shown expected;
      for (const auto& [id, service] : fresh.services()) {
        expected[id] = {service.tasks.size(), service.vips.size()};
      }
      ASSERT_EQ(client, expected) << step;
    }
  }
}

}  // namespace
}  // namespace admin
