#include "watcher/catalog/drains.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/watcher/catalog/sample_tasks.h"
#include "watcher/catalog/catalog.h"

namespace watcher {
namespace {

using ::testing::ElementsAre;
using testing::ip;
using ::testing::IsEmpty;
using testing::sample_port;
using testing::sample_task;
using ::testing::SizeIs;
using testing::vip_task;

Drain drain(DrainKind kind, std::string_view name) { return Drain::read(kind, name).value(); }

Drains drains(DrainKind kind, std::string_view name) {
  return {std::set<Drain>{drain(kind, name)}};
}

TEST(Drains, HoldATaskByItsIdAndByItsAgent) {
  Task task = sample_task("web.1");
  task.agent_id = "0815-S3";
  for (const auto& [kind, name] : {std::pair{DrainKind::Task, "web.1"},
                                   {DrainKind::Agent, "10.0.0.1"},
                                   {DrainKind::Agent, "0815-S3"}}) {
    EXPECT_TRUE(drains(kind, name).hold(task)) << name;
  }
  for (const auto& [kind, name] : {std::pair{DrainKind::Task, "web.2"},
                                   {DrainKind::Agent, "10.0.0.2"},
                                   {DrainKind::Agent, "web.1"},
                                   {DrainKind::Endpoint, "10.0.0.1:80"}}) {
    EXPECT_FALSE(drains(kind, name).hold(task)) << name;
  }
}

TEST(Drains, HoldAPortByAnyEndpointOfIt) {
  Task task = vip_task("web.1", 31000);
  task.ports.push_back(sample_port(31001));
  const Drains one = drains(DrainKind::Endpoint, "10.0.0.1:31001");
  EXPECT_FALSE(one.hold(task));
  EXPECT_FALSE(one.hold(task, task.ports[0]));
  EXPECT_TRUE(one.hold(task, task.ports[1]));
}

TEST(Drains, HoldATaskByAPortThatItDoesNotDescribe) {
  Task task = sample_task("web.1");
  task.host_ports = {31000};
  EXPECT_TRUE(drains(DrainKind::Endpoint, "10.0.0.1:31000").hold(task));
}

class DrainedCatalog : public ::testing::Test {
 protected:
  DrainedCatalog() : catalog_(options()) {
    catalog_.apply({Upsert{vip_task("web.1", 31000)}, Upsert{vip_task("web.2", 31001)}});
  }
  static Catalog::Options options() {
    Catalog::Options options;
    options.vips.pool = common::Ipv4Prefix::parse("11.0.0.0/8").value();
    return options;
  }
  std::vector<Backend> backends() const {
    const VipPtr* vip =
        catalog_.snapshot().vips.find(VipId{.name = "web.marathon", .address = {}, .port = 80});
    return vip == nullptr ? std::vector<Backend>() : (*vip)->backends;
  }
  std::vector<BackendState> states() const {
    std::vector<BackendState> states;
    for (const Backend& backend : backends()) states.push_back(backend.state);
    return states;
  }
  std::size_t drained() const { return catalog_.snapshot().drains.all->size(); }

  Catalog catalog_;
};

constexpr auto kPassing = BackendState::Passing;
constexpr auto kDraining = BackendState::Draining;

TEST_F(DrainedCatalog, DrainsTheBackendsAndTakesThemBack) {
  const Change change = catalog_.apply({drains(DrainKind::Task, "web.1")});
  EXPECT_EQ(change.generation, 2U);
  EXPECT_THAT(change.tasks, SizeIs(1));
  EXPECT_THAT(states(), ElementsAre(kDraining, kPassing));
  EXPECT_TRUE(backends()[0].drained);
  EXPECT_EQ(catalog_.apply({drains(DrainKind::Task, "web.1")}).generation, 2U) << "nothing new";
  catalog_.apply({Drains{}});
  EXPECT_THAT(states(), ElementsAre(kPassing, kPassing));
}

TEST_F(DrainedCatalog, DrainsWhatComesLaterToAnAgent) {
  catalog_.apply({drains(DrainKind::Agent, "10.0.0.1")});
  catalog_.apply({Upsert{vip_task("web.3", 31002)}});
  EXPECT_THAT(states(), ElementsAre(kDraining, kDraining, kDraining));
}

TEST_F(DrainedCatalog, KeepsADrainWhenItsTaskIsToldAgain) {
  catalog_.apply({drains(DrainKind::Task, "web.1")});
  Task again = vip_task("web.1", 31000);
  again.version = "2";
  catalog_.apply({Upsert{again}});
  catalog_.apply({Probed{{"marathon", "web.1"}, 31000, Protocol::Tcp, Health::Passing}});
  EXPECT_THAT(states(), ElementsAre(kDraining, kPassing));
}

TEST_F(DrainedCatalog, ForgetsADrainWithItsTaskButNotThatOfAnAgent) {
  catalog_.apply({drains(DrainKind::Endpoint, "10.0.0.1:31000")});
  catalog_.apply({Remove{{"marathon", "web.1"}}});
  EXPECT_EQ(drained(), 0U);
  catalog_.apply({Upsert{vip_task("web.9", 31000)}});
  EXPECT_THAT(states(), ElementsAre(kPassing, kPassing)) << "another task at that endpoint";
  catalog_.apply({drains(DrainKind::Agent, "10.0.0.1")});
  catalog_.apply({Reset{"marathon", {}}});
  EXPECT_EQ(drained(), 1U);
}

/// As when events are reordered: the next task is told before the end of the one before.
TEST_F(DrainedCatalog, KeepsADrainForTheOtherTaskAtThatEndpoint) {
  catalog_.apply({drains(DrainKind::Endpoint, "10.0.0.1:31000")});
  catalog_.apply({Upsert{vip_task("web.9", 31000)}});
  catalog_.apply({Remove{{"marathon", "web.1"}}});
  EXPECT_EQ(drained(), 1U);
  catalog_.apply({Drains{}});
  EXPECT_THAT(states(), ElementsAre(kPassing, kPassing));
  catalog_.apply({drains(DrainKind::Endpoint, "10.0.0.1:31000")});
  catalog_.apply({Remove{{"marathon", "web.9"}}});
  EXPECT_EQ(drained(), 0U);
}

TEST_F(DrainedCatalog, TakesNoDrainOfATaskThatIsNotThere) {
  catalog_.apply({drains(DrainKind::Task, "web.7")});
  EXPECT_EQ(drained(), 0U);
}

TEST_F(DrainedCatalog, LetsAKilledTaskDrainAsOne) {
  catalog_.apply({drains(DrainKind::Task, "web.1")});
  Task killed = vip_task("web.1", 31000);
  killed.state = TaskState::Killing;
  catalog_.apply({Upsert{killed}});
  EXPECT_THAT(states(), ElementsAre(kDraining, kPassing));
  EXPECT_FALSE(backends()[0].drained) << "its sessions have to end";
}

}  // namespace
}  // namespace watcher
