#include "dnsd/zone/zone_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "dnsd/wire/rdata.h"
#include "tests/dnsd/zone/tasks.h"

namespace dnsd {
namespace {

using testing::change_of;
using testing::ip;
using ::testing::IsEmpty;
using testing::sample_task;
using testing::share;
using ::testing::SizeIs;
using watcher::TaskPtr;
using watcher::TaskState;

std::string wire(const char* text) { return std::string(Name::from_text(text)->wire()); }

/// Everything a zone says, but for the serial: each name with its RRsets.
std::map<std::string, std::multiset<std::string>> contents(const Zone& zone) {
  std::map<std::string, std::multiset<std::string>> contents;
  zone.nodes().for_each([&](std::string_view name, const Node& node) {
    auto& parts = contents[name_text(name)];
    parts.insert("children " + std::to_string(node.children()));
    for (std::size_t i = 0; i < node.rrset_count(); ++i) {
      const RrSet rrset = node.rrset(i);
      if (rrset.type() == RrType::Soa) continue;
      const auto records = rrset.records(0, rrset.size());
      parts.emplace(records.begin(), records.end());
    }
  });
  return contents;
}

TEST(ZoneBuilder, KnowsNothingAtFirst) {
  const ZoneBuilder builder({});
  EXPECT_FALSE(builder.current()->synced());
  EXPECT_NE(builder.current()->find(wire("mesos")), nullptr);
}

TEST(ZoneBuilder, FollowsTheCatalogsGeneration) {
  ZoneBuilder builder({});
  const auto zone = builder.apply(change_of(nullptr, share(sample_task()), 42));
  EXPECT_TRUE(zone->synced());
  EXPECT_EQ(zone->generation(), 42U);
  EXPECT_EQ(zone->serial(), 42U);
  EXPECT_EQ(builder.current(), zone);
}

TEST(ZoneBuilder, LeavesOlderZonesAlone) {
  ZoneBuilder builder({});
  const auto first = builder.apply(change_of(nullptr, share(sample_task()), 1));
  const auto before = contents(*first);
  builder.apply(change_of(share(sample_task()), nullptr, 2));
  EXPECT_EQ(contents(*first), before);
  EXPECT_EQ(first->serial(), 1U);
}

TEST(ZoneBuilder, EndsWhereItBegan) {
  ZoneBuilder builder({});
  const auto empty = contents(*builder.current());
  const auto task = share(sample_task());
  builder.apply(change_of(nullptr, task, 1));
  EXPECT_EQ(contents(*builder.apply(change_of(task, nullptr, 2))), empty);
}

TEST(ZoneBuilder, ReportsAnImpossibleNameOnce) {
  ZoneBuilder builder({});
  auto task = sample_task();
  task.discovery_name = "a..b";
  const auto before = share(task);
  builder.apply(change_of(nullptr, before, 1));
  const auto problems = builder.take_problems();
  ASSERT_FALSE(problems.empty());
  EXPECT_EQ(problems.front().app, "/web");
  EXPECT_THAT(builder.take_problems(), IsEmpty());
  task.health = watcher::Health::Failing;
  builder.apply(change_of(before, share(task), 2));
  EXPECT_THAT(builder.take_problems(), IsEmpty());  // Nothing new about its names.
}

TEST(ZoneBuilder, BoundsTheProblemsOfAChange) {
  ZoneBuilder builder({});
  watcher::Change change;
  for (int i = 0; i < 1000; ++i) {
    change.tasks.push_back({nullptr, share(sample_task(std::to_string(i), "!!!"))});
  }
  builder.apply(change);
  EXPECT_THAT(builder.take_problems(), SizeIs(100));
}

/// The work that one more instance of one service costs beside `others` tasks.
std::uint64_t work_beside(int others) {
  ZoneBuilder builder({});
  watcher::Change change;
  change.synced = true;
  for (int i = 0; i < others; ++i) {
    const std::string name = "other-" + std::to_string(i / 10);
    change.tasks.push_back({nullptr, share(sample_task(std::to_string(i), name))});
  }
  builder.apply(change);
  const std::uint64_t before = builder.work();
  builder.apply(change_of(nullptr, share(sample_task()), 2));
  return builder.work() - before;
}

TEST(ZoneBuilder, CostFollowsTheChangeNotTheZone) {
  EXPECT_EQ(work_beside(100), work_beside(50'000));
}

TEST(ZoneBuilder, IgnoresWhatDoesNotTouchNames) {
  ZoneBuilder builder({});
  auto task = sample_task();
  const auto before = share(task);
  const auto zone = builder.apply(change_of(nullptr, before, 1));
  task.version = "2";
  EXPECT_EQ(contents(*builder.apply(change_of(before, share(task), 2))), contents(*zone));
}

TEST(ZoneBuilder, TakesTheTtlOfAnAppFromItsLabel) {
  ZoneBuilder builder({});
  auto task = sample_task();
  task.labels.edit()["SIGNPOST_DNS_TTL"] = "30";
  const auto before = share(task);
  const auto ttl = [](const Zone& zone) {
    const auto record = zone.find(wire("web.marathon.mesos"))->find(RrType::A).records(0, 1);
    return record[8] * 256 + record[9];
  };
  EXPECT_EQ(ttl(*builder.apply(change_of(nullptr, before, 1))), 30);
  EXPECT_THAT(builder.take_problems(), IsEmpty());
  for (const char* wrong : {"", "30s", "-1", "86401", "99999999999"}) {
    task.labels.edit()["SIGNPOST_DNS_TTL"] = wrong;
    const auto after = share(task);
    EXPECT_EQ(ttl(*builder.apply(change_of(before, after, 2))), 5) << wrong;
    EXPECT_THAT(builder.take_problems(), SizeIs(1)) << wrong;
    builder.apply(change_of(after, before, 3));
  }
}

TEST(ZoneBuilder, GivesNamesOfTheConfigurationToNobodyElse) {
  ZoneOptions options;
  options.records = {{"web.marathon.mesos", std::nullopt, "A", {"10.9.9.9"}}};
  ZoneBuilder builder(options);
  const auto zone = builder.apply(change_of(nullptr, share(sample_task()), 1));
  const auto members = zone->find(wire("web.marathon.mesos"))->find(RrType::A).members();
  ASSERT_EQ(members.size(), 1U);
  EXPECT_EQ(members[0].rdata, address_rdata(ip("10.9.9.9")));
  EXPECT_NE(zone->find(wire("web.marathon.slave.mesos")), nullptr);
}

/// A task that differs in whatever decides about names.
watcher::Task random_task(int id, std::mt19937& random) {
  static constexpr std::array kNames{"web", "Api.v2", "a.b", "_x", "!!!", "db"};
  static constexpr std::array kStates{
      TaskState::Starting, TaskState::Running, TaskState::Running, TaskState::Unreachable};
  auto task = sample_task(std::to_string(id), kNames[random() % kNames.size()]);
  if (random() % 2) task.discovery_name = kNames[random() % kNames.size()];
  if (random() % 3 == 0) task.addresses = {ip("10.32.0.1"), ip("fd01::1")};
  if (random() % 3 == 0) task.agent_addresses = {ip("10.0.0.2")};
  task.state = kStates[random() % kStates.size()];
  task.health = static_cast<watcher::Health>(random() % 4);
  if (random() % 4 == 0) task.labels.edit()["SIGNPOST_DNS_TTL"] = random() % 2 ? "3" : "60";
  watcher::TaskPort port;
  port.port = static_cast<std::uint16_t>(31000 + random() % 2);
  port.name = random() % 2 ? "http" : "";
  task.ports = {port};
  task.host_ports = {port.port};
  return task;
}

/// A hundred changes, one after another, to twenty tasks.
void expect_same_as_built_at_once(config::DnsHealth health, unsigned seed) {
  std::mt19937 random(seed);
  ZoneOptions options;
  options.naming.health = HealthPolicy(health);
  ZoneBuilder builder(options);
  std::map<int, TaskPtr> tasks;
  for (std::uint64_t step = 1; step <= 100; ++step) {
    const int id = static_cast<int>(random() % 20);
    TaskPtr& task = tasks[id];
    const TaskPtr next = random() % 3 == 0 ? nullptr : share(random_task(id, random));
    builder.apply(change_of(task, next, step));
    task = next;
  }
  watcher::Change all;
  for (const auto& [id, task] : tasks) all.tasks.push_back({nullptr, task});
  EXPECT_EQ(contents(*builder.current()), contents(*ZoneBuilder(options).apply(all)))
      << "seed " << seed;
}

TEST(ZoneBuilder, ComesToTheSameZoneStepByStep) {
  for (unsigned seed = 1; seed <= 30; ++seed) {
    expect_same_as_built_at_once(config::DnsHealth::PreferPassing, seed);
    expect_same_as_built_at_once(config::DnsHealth::RequirePassing, seed);
    expect_same_as_built_at_once(config::DnsHealth::Ignore, seed);
  }
}

TEST(ZoneBuilder, ComesToTheSameZoneInParts) {
  watcher::Change all;
  ZoneBuilder one_by_one({});
  for (int i = 0; i < 5000; ++i) {  // More edits than are applied at once.
    const auto task = share(sample_task(std::to_string(i), "web-" + std::to_string(i % 7)));
    all.tasks.push_back({nullptr, task});
    one_by_one.apply(change_of(nullptr, task));
  }
  EXPECT_EQ(contents(*ZoneBuilder({}).apply(all)), contents(*one_by_one.current()));
}

TEST(ZoneBuilder, NamesAVipWhileItExists) {
  ZoneBuilder builder({});
  watcher::Vip vip;
  vip.id = {.name = "web.marathon", .address = {}, .port = 80};
  vip.address = ip("11.1.2.3");
  const auto before = std::make_shared<const watcher::Vip>(vip);
  vip.address = ip("11.1.2.4");
  const auto after = std::make_shared<const watcher::Vip>(vip);
  const std::string owner = wire("web.marathon.l4lb.thisdcos.directory");
  watcher::Change change;
  change.vips = {{nullptr, before}};
  EXPECT_EQ(builder.apply(change)->find(owner)->find(RrType::A).size(), 1U);
  change.vips = {{before, after}};
  const auto zone = builder.apply(change);
  const auto members = zone->find(owner)->find(RrType::A).members();
  ASSERT_EQ(members.size(), 1U);
  EXPECT_EQ(members[0].rdata, address_rdata(ip("11.1.2.4")));
  change.vips = {{after, nullptr}};
  EXPECT_EQ(builder.apply(change)->find(owner), nullptr);
}

}  // namespace
}  // namespace dnsd
