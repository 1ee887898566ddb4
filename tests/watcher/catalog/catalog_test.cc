#include "watcher/catalog/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "tests/watcher/catalog/sample_tasks.h"

namespace watcher {
namespace {

using ::testing::ElementsAre;
using testing::ip;
using ::testing::IsEmpty;
using testing::sample_port;
using testing::sample_task;
using ::testing::SizeIs;
using testing::vip_task;

Catalog::Options options() {
  Catalog::Options options;
  options.vips.pool = common::Ipv4Prefix::parse("11.0.0.0/8").value();
  return options;
}

TEST(Catalog, KeepsWhatTasksHaveInCommonOnce) {
  Catalog catalog(options());
  for (const char* id : {"web.1", "web.2"}) {
    Task task = sample_task(id);
    task.labels = {{"owner", "me"}};
    catalog.apply({Upsert{task}});
  }
  std::set<const void*> values;
  catalog.snapshot().tasks.for_each([&values](const TaskKey&, const TaskPtr& task) {
    values.insert(&*task->app);
    values.insert(&*task->labels);
  });
  EXPECT_THAT(values, SizeIs(2));
}

Catalog::Options probing() {
  Catalog::Options probing = options();
  probing.probe_backends = true;
  return probing;
}

Change apply(Catalog& catalog, std::vector<Update> updates) {
  return catalog.apply(std::move(updates));
}

Task with(Task task, TaskState state) {
  task.state = state;
  return task;
}

Task with(Task task, Health health) {
  task.health = health;
  return task;
}

const Task* find(const Catalog& catalog, const std::string& id) {
  const TaskPtr* task = catalog.snapshot().tasks.find(TaskKey{"marathon", id});
  return task ? task->get() : nullptr;
}

/// The states of a VIP's backends in the order of their endpoints.
std::vector<BackendState> states(const Catalog& catalog, const std::string& name = "web.marathon") {
  std::vector<BackendState> states;
  const VipPtr* vip = catalog.snapshot().vips.find(VipId{.name = name, .address = {}, .port = 80});
  if (vip) {
    for (const Backend& backend : (*vip)->backends) states.push_back(backend.state);
  }
  return states;
}

Probed probed(const std::string& id, std::uint16_t port, Health health) {
  return {.key = {"marathon", id}, .port = port, .protocol = Protocol::Tcp, .health = health};
}

TEST(Catalog, TellsANewTaskAndItsVip) {
  Catalog catalog(options());
  const Change change = apply(catalog, {Upsert{vip_task("web.1", 31000)}});
  EXPECT_EQ(change.generation, 1U);
  ASSERT_THAT(change.tasks, SizeIs(1));
  EXPECT_EQ(change.tasks[0].before, nullptr);
  EXPECT_EQ(change.tasks[0].after->key.id, "web.1");
  ASSERT_THAT(change.vips, SizeIs(1));
  EXPECT_EQ(change.vips[0].before, nullptr);
  EXPECT_EQ(change.vips[0].after->id.to_string(), "web.marathon:80/tcp");
  EXPECT_EQ(catalog.snapshot().generation, 1U);
  EXPECT_EQ(catalog.snapshot().tasks.size(), 1U);
  EXPECT_EQ(catalog.snapshot().vips.size(), 1U);
}

TEST(Catalog, SaysNothingWhenNothingChanged) {
  Catalog catalog(options());
  apply(catalog, {Upsert{vip_task("web.1", 31000)}});
  const Change change = apply(catalog,
                              {Upsert{vip_task("web.1", 31000)},
                               Remove{{"marathon", "unknown"}},
                               Reset{"marathon", {vip_task("web.1", 31000)}}});
  EXPECT_TRUE(change.empty());
  EXPECT_EQ(change.generation, 1U);
}

TEST(Catalog, AppliesABatchAsOneChangePerTask) {
  Catalog catalog(options());
  apply(catalog, {Upsert{vip_task("web.1", 31000)}});
  const Change change = apply(catalog,
                              {Upsert{with(vip_task("web.1", 31000), TaskState::Unreachable)},
                               Upsert{with(vip_task("web.1", 31000), TaskState::Killing)},
                               Upsert{vip_task("web.2", 31001)}});
  EXPECT_EQ(change.generation, 2U);
  ASSERT_THAT(change.tasks, SizeIs(2));
  EXPECT_EQ(change.tasks[0].before->state, TaskState::Running);
  EXPECT_EQ(change.tasks[0].after->state, TaskState::Killing);
  EXPECT_EQ(change.tasks[1].before, nullptr);
  EXPECT_THAT(change.vips, SizeIs(1));
}

TEST(Catalog, ForgetsWhatABatchTakesBack) {
  Catalog catalog(options());
  apply(catalog, {Upsert{vip_task("web.1", 31000)}});
  const TaskPtr first = *catalog.snapshot().tasks.find(TaskKey{"marathon", "web.1"});
  const Change change = apply(catalog,
                              {Upsert{with(vip_task("web.1", 31000), TaskState::Killing)},
                               Upsert{vip_task("web.1", 31000)},
                               Upsert{vip_task("web.2", 31001)},
                               Remove{{"marathon", "web.2"}}});
  EXPECT_TRUE(change.empty());
  EXPECT_EQ(change.generation, 1U);
  EXPECT_EQ(*catalog.snapshot().tasks.find(TaskKey{"marathon", "web.1"}), first);
}

TEST(Catalog, TakesEndedForRemoved) {
  Catalog catalog(options());
  apply(catalog, {Upsert{vip_task("web.1", 31000)}});
  const Change change = apply(catalog, {Upsert{with(vip_task("web.1", 31000), TaskState::Ended)}});
  ASSERT_THAT(change.tasks, SizeIs(1));
  EXPECT_EQ(change.tasks[0].after, nullptr);
  ASSERT_THAT(change.vips, SizeIs(1));
  EXPECT_EQ(change.vips[0].after, nullptr);
  EXPECT_TRUE(catalog.snapshot().tasks.empty());
  EXPECT_TRUE(catalog.snapshot().vips.empty());
}

TEST(Catalog, ResetsOneSourceOnly) {
  Catalog catalog(options());
  Task other = vip_task("web.9", 31009);
  other.key.source = "mesos";
  apply(catalog,
        {Upsert{vip_task("web.1", 31000)}, Upsert{vip_task("web.2", 31001)}, Upsert{other}});
  const Change change = apply(catalog,
                              {Reset{"marathon",
                                     {vip_task("web.2", 31001),
                                      vip_task("web.3", 31002),
                                      with(vip_task("web.4", 31003), TaskState::Ended)}}});
  EXPECT_THAT(change.tasks, SizeIs(2));  // web.3 came, web.1 went.
  EXPECT_EQ(find(catalog, "web.1"), nullptr);
  EXPECT_EQ(find(catalog, "web.4"), nullptr);
  EXPECT_NE(find(catalog, "web.3"), nullptr);
  EXPECT_NE(catalog.snapshot().tasks.find(other.key), nullptr);
  EXPECT_THAT(states(catalog), SizeIs(3));
}

TEST(Catalog, LeavesOlderSnapshotsAlone) {
  Catalog catalog(options());
  apply(catalog, {Upsert{vip_task("web.1", 31000)}});
  const Snapshot before = catalog.snapshot();
  apply(catalog, {Remove{{"marathon", "web.1"}}, Upsert{vip_task("api.1", 31001, "/api:80")}});
  EXPECT_EQ(before.tasks.size(), 1U);
  EXPECT_NE(before.tasks.find(TaskKey{"marathon", "web.1"}), nullptr);
  EXPECT_EQ(before.vips.size(), 1U);
}

TEST(Catalog, IsSyncedOnceEverySourceHasSpoken) {
  Catalog::Options two = options();
  two.sources = {"marathon", "mesos"};
  Catalog catalog(two);
  EXPECT_FALSE(catalog.snapshot().synced);
  EXPECT_FALSE(apply(catalog, {Upsert{vip_task("web.1", 31000)}}).synced);
  EXPECT_FALSE(apply(catalog, {Reset{"marathon", {vip_task("web.1", 31000)}}}).synced);
  const Change change = apply(catalog, {Reset{"mesos", {}}});
  EXPECT_TRUE(change.synced);
  EXPECT_TRUE(change.empty());
  EXPECT_EQ(change.generation, 2U);
  EXPECT_TRUE(catalog.snapshot().synced);
  EXPECT_EQ(apply(catalog, {Reset{"mesos", {}}}).generation, 2U);
}

TEST(Catalog, IsSyncedFromTheStartWithoutSources) {
  Catalog catalog(options());
  EXPECT_TRUE(catalog.snapshot().synced);
  EXPECT_EQ(apply(catalog, {}).generation, 0U);
}

TEST(Health, UnknownKeepsThePreviousVerdict) {
  Catalog catalog(options());
  apply(catalog, {Upsert{with(vip_task("web.1", 31000), Health::Unknown)}});
  EXPECT_EQ(find(catalog, "web.1")->health, Health::Unknown);
  apply(catalog, {Upsert{with(vip_task("web.1", 31000), Health::Passing)}});
  EXPECT_TRUE(apply(catalog, {Upsert{with(vip_task("web.1", 31000), Health::Unknown)}}).empty());
  EXPECT_TRUE(apply(catalog, {Reset{"marathon", {with(vip_task("web.1", 31000), Health::Unknown)}}})
                  .empty());
  EXPECT_EQ(find(catalog, "web.1")->health, Health::Passing);
  apply(catalog, {Upsert{with(vip_task("web.1", 31000), Health::Failing)}});
  EXPECT_THAT(states(catalog), ElementsAre(BackendState::Failing));
  apply(catalog, {Upsert{with(vip_task("web.1", 31000), Health::None)}});
  EXPECT_EQ(find(catalog, "web.1")->health, Health::None);  // The check was taken away.
}

TEST(Probes, StartUnknownBehindTcpVipsOnly) {
  Catalog catalog(probing());
  Task task = vip_task("web.1", 31000);
  task.ports.push_back(sample_port(31001));
  task.ports.push_back(sample_port(31002, {{"VIP_0", "/dns:53"}}, Protocol::Udp));
  apply(catalog, {Upsert{task}});
  EXPECT_EQ(find(catalog, "web.1")->ports[0].probe, Health::Unknown);
  EXPECT_EQ(find(catalog, "web.1")->ports[1].probe, Health::None);
  EXPECT_EQ(find(catalog, "web.1")->ports[2].probe, Health::None);
  EXPECT_THAT(states(catalog), ElementsAre(BackendState::Failing));
}

TEST(Probes, DecideAndSurviveAnUpsert) {
  Catalog catalog(probing());
  apply(catalog, {Upsert{vip_task("web.1", 31000)}});
  const Change change = apply(catalog, {probed("web.1", 31000, Health::Passing)});
  EXPECT_THAT(change.tasks, SizeIs(1));
  EXPECT_THAT(states(catalog), ElementsAre(BackendState::Passing));
  Task updated = vip_task("web.1", 31000);
  updated.version = "2";
  apply(catalog, {Upsert{updated}});
  EXPECT_EQ(find(catalog, "web.1")->version, "2");
  EXPECT_THAT(states(catalog), ElementsAre(BackendState::Passing));
  apply(catalog, {probed("web.1", 31000, Health::Failing)});
  EXPECT_THAT(states(catalog), ElementsAre(BackendState::Failing));
}

TEST(Probes, ThatComeTooLateAreIgnored) {
  Catalog catalog(probing());
  Task task = vip_task("web.1", 31000);
  task.ports.push_back(sample_port(31001));
  apply(catalog, {Upsert{task}});
  EXPECT_TRUE(apply(catalog,
                    {probed("web.2", 31000, Health::Passing),
                     probed("web.1", 31001, Health::Failing),
                     probed("web.1", 31999, Health::Failing)})
                  .empty());
}

TEST(Probes, StartAnewWhenAPortComesBehindAVip) {
  Catalog catalog(probing());
  apply(catalog, {Upsert{vip_task("web.1", 31000)}});
  apply(catalog, {probed("web.1", 31000, Health::Passing)});
  Task bare = vip_task("web.1", 31000);
  bare.ports[0].labels.edit().clear();
  apply(catalog, {Upsert{bare}});
  EXPECT_EQ(find(catalog, "web.1")->ports[0].probe, Health::None);
  apply(catalog, {Upsert{vip_task("web.1", 31000)}});
  EXPECT_EQ(find(catalog, "web.1")->ports[0].probe, Health::Unknown);
}

TEST(Probes, KeepAnUnreachableTaskInService) {
  Catalog catalog(probing());
  apply(catalog, {Upsert{vip_task("web.1", 31000)}, probed("web.1", 31000, Health::Passing)});
  apply(catalog, {Upsert{with(vip_task("web.1", 31000), TaskState::Unreachable)}});
  EXPECT_THAT(states(catalog), ElementsAre(BackendState::Passing));
  apply(catalog, {probed("web.1", 31000, Health::Failing)});
  EXPECT_THAT(states(catalog), ElementsAre(BackendState::Failing));
}

/// Work of one change in a cluster of `others` other tasks.
std::uint64_t work_of_one_upsert(int others) {
  Catalog catalog(options());
  std::vector<Task> tasks;
  for (int i = 0; i < others; ++i) {
    const std::string app = "/app" + std::to_string(i / 10);
    tasks.push_back(vip_task("other." + std::to_string(i), 32000, app + ":80", app));
  }
  tasks.push_back(vip_task("web.1", 31000));
  apply(catalog, {Reset{"marathon", std::move(tasks)}});
  const std::uint64_t before = catalog.work();
  apply(catalog, {Upsert{with(vip_task("web.1", 31000), TaskState::Killing)}});
  return catalog.work() - before;
}

TEST(Cost, OfAnUpsertDoesNotGrowWithTheCluster) {
  EXPECT_EQ(work_of_one_upsert(100), work_of_one_upsert(50'000));
}

TEST(Cost, OfAChangeThatTouchesNoBackendDoesNotGrowWithTheService) {
  Catalog catalog(options());
  std::vector<Task> tasks;
  for (int i = 0; i < 1000; ++i) tasks.push_back(vip_task("web." + std::to_string(i), 31000));
  Task renamed = tasks[0];
  renamed.version = "2";
  apply(catalog, {Reset{"marathon", std::move(tasks)}});
  const std::uint64_t before = catalog.work();
  const Change change = apply(catalog, {Upsert{renamed}});
  EXPECT_THAT(change.tasks, SizeIs(1));
  EXPECT_THAT(change.vips, IsEmpty());
  EXPECT_LT(catalog.work() - before, 10U);
}

TEST(Cost, OfAResetFollowsItsOwnSource) {
  Catalog catalog(options());
  std::vector<Task> tasks;
  for (int i = 0; i < 10'000; ++i) tasks.push_back(vip_task("web." + std::to_string(i), 31000));
  apply(catalog, {Reset{"marathon", std::move(tasks)}});
  const std::uint64_t before = catalog.work();
  Task other = sample_task("api.1");
  other.key.source = "mesos";
  apply(catalog, {Reset{"mesos", {other}}});
  EXPECT_LT(catalog.work() - before, 10U);
}

/// A task with some state, health, version and VIP, drawn at random.
Task random_task(std::mt19937& random) {
  const auto draw = [&](int below) {
    return static_cast<int>(random() % static_cast<unsigned>(below));
  };
  const int id = draw(20);
  Task task = vip_task("web." + std::to_string(id),
                       static_cast<std::uint16_t>(31000 + id),
                       "/vip" + std::to_string(draw(4)) + ":80");
  task.state = static_cast<TaskState>(draw(5));
  if (draw(3) == 0)
    task.ports[0].labels.edit().emplace("VIP_1", "1.2.3.4:" + std::to_string(draw(3)));
  return task;
}

/// What a catalog that hears of the same tasks for the first time makes of them.
std::map<VipId, Vip> vips_made_anew(const Catalog& catalog) {
  Reset reset{"marathon", {}};
  catalog.snapshot().tasks.for_each(
      [&](const TaskKey&, const TaskPtr& task) { reset.tasks.push_back(*task); });
  Catalog fresh(options());
  apply(fresh, {reset});
  std::map<VipId, Vip> vips;
  fresh.snapshot().vips.for_each(
      [&](const VipId& id, const VipPtr& vip) { vips.emplace(id, *vip); });
  return vips;
}

TEST(Catalog, MakesOfManyChangesWhatItMakesOfTheOutcome) {
  std::mt19937 random(1);
  Catalog catalog(options());
  for (int round = 0; round < 500; ++round) {
    std::vector<Update> updates;
    for (unsigned i = 0; i < 1 + random() % 5; ++i)
      updates.emplace_back(Upsert{random_task(random)});
    const Snapshot before = catalog.snapshot();
    const Change change = apply(catalog, std::move(updates));
    for (const VipChange& vip : change.vips) {
      const VipId& id = vip.after ? vip.after->id : vip.before->id;
      const VipPtr* then = before.vips.find(id);
      const VipPtr* now = catalog.snapshot().vips.find(id);
      ASSERT_EQ(vip.before, then ? *then : nullptr) << "round " << round;
      ASSERT_EQ(vip.after, now ? *now : nullptr) << "round " << round;
    }
    std::map<VipId, Vip> vips;
    catalog.snapshot().vips.for_each(
        [&](const VipId& id, const VipPtr& vip) { vips.emplace(id, *vip); });
    ASSERT_EQ(vips, vips_made_anew(catalog)) << "round " << round;
  }
}

TEST(Catalog, ServesWhatWasRestoredUntilItsSourceSpeaks) {
  Catalog::Options two = options();
  two.sources = {"marathon", "mesos"};
  Catalog catalog(two);
  apply(catalog, {Reset{"marathon", {sample_task("web.1")}, true}, Reset{"mesos", {}, true}});
  EXPECT_TRUE(catalog.snapshot().synced);
  EXPECT_TRUE(catalog.snapshot().restored);

  apply(catalog, {Reset{"marathon", {}}});
  EXPECT_EQ(find(catalog, "web.1"), nullptr);
  EXPECT_TRUE(catalog.snapshot().restored);

  const auto before = catalog.snapshot().generation;
  EXPECT_EQ(apply(catalog, {Reset{"mesos", {}}}).generation, before + 1);
  EXPECT_FALSE(catalog.snapshot().restored);
}

TEST(Catalog, TellsTheMembersOfASourceWhenTheyChange) {
  Catalog catalog(options());
  const Member agent{.role = Role::Agent, .id = "S1", .name = "a1", .addresses = {ip("10.0.0.1")}};
  const Change first = apply(catalog, {Members{"mesos", {agent}}});
  ASSERT_THAT(first.members, SizeIs(1));
  EXPECT_EQ(first.members[0].before, nullptr);
  EXPECT_THAT(*first.members[0].after, ElementsAre(agent));
  EXPECT_EQ(catalog.snapshot().members.at("mesos"), first.members[0].after);

  EXPECT_TRUE(apply(catalog, {Members{"mesos", {agent}}}).empty());
  const Change last = apply(catalog, {Members{"mesos", {}}});
  ASSERT_THAT(last.members, SizeIs(1));
  EXPECT_EQ(last.members[0].before, first.members[0].after);
}

TEST(Catalog, KeepsTasksOfOneIdInTwoScopesApart) {
  Catalog catalog(options());
  Task one = sample_task("web.1");
  one.key.scope = "framework-1";
  Task two = one;
  two.key.scope = "framework-2";
  apply(catalog, {Reset{"marathon", {one, two}}});
  EXPECT_EQ(catalog.snapshot().tasks.size(), 2U);
  EXPECT_THAT(apply(catalog, {Reset{"marathon", {two}}}).tasks, SizeIs(1));
  EXPECT_NE(catalog.snapshot().tasks.find(two.key), nullptr);
}

TEST(Catalog, TellsOfNewWeightsOnceAVip) {
  Catalog catalog(options());
  const VipId web{.name = "web.marathon", .address = {}, .port = 80};
  const auto change =
      apply(catalog, {Upsert{vip_task("web.1", 31000)}, Weights{web, {{"/web", 5}}}});
  ASSERT_THAT(change.vips, SizeIs(1));
  EXPECT_EQ(change.vips[0].before, nullptr);
  EXPECT_EQ(change.vips[0].after->backends.at(0).weight(), 5U);
  EXPECT_EQ((*catalog.snapshot().vips.find(web))->backends.at(0).weight(), 5U);
  EXPECT_EQ(catalog.snapshot().weights.find(web)->pools.at("/web"), 5U);

  const auto generation = catalog.snapshot().generation;
  EXPECT_TRUE(apply(catalog, {Weights{web, {{"/web", 5}}}}).empty());
  EXPECT_EQ(catalog.snapshot().generation, generation);
  EXPECT_THAT(apply(catalog, {Weights{web, {}}}).vips, SizeIs(1));
  EXPECT_TRUE(catalog.snapshot().weights.empty());
}

TEST(Catalog, KeepsWeightsAndNotesWithoutCopyingThemAnew) {
  Catalog catalog(options());
  const VipId web{.name = "web.marathon", .address = {}, .port = 80};
  apply(catalog, {Weights{web, {{"/web", 5}}}, Note{"plan", "one"}});
  const Snapshot before = catalog.snapshot();
  const std::uint64_t generation = before.generation;
  apply(catalog, {Note{"plan", "one"}});
  EXPECT_EQ(catalog.snapshot().generation, generation);
  apply(catalog, {Note{"plan", "two"}});
  EXPECT_EQ(*before.notes.find("plan"), "one");
  EXPECT_EQ(*catalog.snapshot().notes.find("plan"), "two");
  EXPECT_EQ(catalog.snapshot().weights.find(web), before.weights.find(web));  // The same node.
}

TEST(VipId, IsReadFromWhatItPrints) {
  for (const char* text :
       {"sise.marathon:80/tcp", "dns:53/udp", "1.2.3.4:80/tcp", "[fd00::1]:80/udp"}) {
    const auto id = VipId::parse(text);
    ASSERT_TRUE(id) << text;
    EXPECT_EQ(id->to_string(), text);
  }
  EXPECT_EQ(VipId::parse("web:80")->to_string(), "web:80/tcp");
  for (const char* text :
       {"", "web", ":80", "web:", "web:80/", "web:80/sctp", "web:99999", "/tcp"}) {
    EXPECT_FALSE(VipId::parse(text)) << text;
  }
}

}  // namespace
}  // namespace watcher
