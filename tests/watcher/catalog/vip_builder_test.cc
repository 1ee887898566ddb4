#include "watcher/catalog/vip_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/watcher/catalog/sample_tasks.h"

namespace watcher {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ip;
using ::testing::IsEmpty;
using testing::sample_port;
using ::testing::SizeIs;
using testing::vip_task;

TaskPtr make(Task task) { return std::make_shared<const Task>(std::move(task)); }

VipRules rules(const char* pool = "11.0.0.0/8") {
  return {.pool = common::Ipv4Prefix::parse(pool).value(),
          .service_address = ip("192.0.2.1"),
          .groups = {"external"}};
}

class VipBuilderTest : public ::testing::Test {
 protected:
  VipBuilder::Outcome apply(std::vector<TaskChange> changes) { return builder.apply(changes); }

  VipBuilder builder{rules()};
};

TEST_F(VipBuilderTest, GivesANamedVipItsAddress) {
  const auto outcome = apply({{nullptr, make(vip_task("foo.1", 31000, "/foo:80"))}});
  ASSERT_THAT(outcome.vips, SizeIs(1));
  EXPECT_EQ(outcome.vips[0].after->kind, VipKind::Named);
  EXPECT_EQ(outcome.vips[0].after->address, ip("11.64.238.105"));
}

TEST_F(VipBuilderTest, GivesOneNameOneAddressOnAllItsPorts) {
  Task task = vip_task("dns.1", 31000, "/dns:53");
  task.ports[0].labels.edit().emplace("VIP_1", "/dns:54");
  task.ports.push_back(sample_port(31001, {{"VIP_0", "/dns:53"}}, Protocol::Udp));
  const auto outcome = apply({{nullptr, make(task)}});
  ASSERT_THAT(outcome.vips, SizeIs(3));
  EXPECT_EQ(outcome.vips[1].after->address, outcome.vips[0].after->address);
  EXPECT_EQ(outcome.vips[2].after->address, outcome.vips[0].after->address);
}

TEST_F(VipBuilderTest, ListensWhereAnAddressVipSays) {
  const auto outcome = apply({{nullptr, make(vip_task("web.1", 31000, "1.2.3.4:80"))}});
  ASSERT_THAT(outcome.vips, SizeIs(1));
  EXPECT_EQ(outcome.vips[0].after->kind, VipKind::Address);
  EXPECT_EQ(outcome.vips[0].after->address, ip("1.2.3.4"));
}

TEST_F(VipBuilderTest, PutsTwoAppsBehindOneServicePort) {
  std::vector<TaskChange> changes;
  for (const char* app : {"/blue", "/green"}) {
    Task task = vip_task(std::string(app) + ".1", 31000, "none", app);
    task.ports[0].labels.edit().clear();
    task.labels = Labels{{"HAPROXY_GROUP", "external"}, {"HAPROXY_0_PORT", "80"}};
    changes.push_back({nullptr, make(task)});
  }
  const auto outcome = apply(changes);
  ASSERT_THAT(outcome.vips, SizeIs(1));
  EXPECT_EQ(outcome.vips[0].after->kind, VipKind::ServicePort);
  EXPECT_EQ(outcome.vips[0].after->address, ip("192.0.2.1"));
  ASSERT_THAT(outcome.vips[0].after->backends, SizeIs(2));
  EXPECT_EQ(outcome.vips[0].after->backends[0].app, "/blue");
  EXPECT_EQ(outcome.vips[0].after->backends[1].app, "/green");
}

TEST_F(VipBuilderTest, LetsALabelOutrankAServicePortAtTheSameAddress) {
  Task service = vip_task("web.1", 31000, "none");
  service.ports[0].labels.edit().clear();
  service.ports[0].service_port = 80;
  service.labels = Labels{{"HAPROXY_GROUP", "external"}};
  const TaskPtr label = make(vip_task("web.2", 31001, "192.0.2.1:80"));
  auto outcome = apply({{nullptr, make(service)}, {nullptr, label}});
  ASSERT_THAT(outcome.vips, SizeIs(1));
  EXPECT_EQ(outcome.vips[0].after->kind, VipKind::Address);
  EXPECT_THAT(outcome.vips[0].after->backends, SizeIs(2));
  outcome = apply({{label, nullptr}});
  ASSERT_THAT(outcome.vips, SizeIs(1));
  EXPECT_EQ(outcome.vips[0].after->kind, VipKind::ServicePort);
}

TEST_F(VipBuilderTest, CountsATaskOnceHoweverOftenItNamesTheVip) {
  Task task = vip_task("web.1", 31000, "/web:80");
  task.ports[0].labels.edit().emplace("VIP_1", "web:80");
  const TaskPtr twice = make(task);
  task.ports[0].labels.edit().erase("VIP_1");
  const TaskPtr once = make(task);
  EXPECT_THAT(apply({{nullptr, twice}}).vips.at(0).after->backends, SizeIs(1));
  EXPECT_THAT(apply({{twice, once}}).vips, IsEmpty());
  EXPECT_EQ(apply({{once, nullptr}}).vips.at(0).after, nullptr);
}

TEST_F(VipBuilderTest, KeepsAVipWhileATaskOnlyStarts) {
  Task starting = vip_task("web.1", 31000);
  starting.state = TaskState::Starting;
  const TaskPtr before = make(starting);
  EXPECT_THAT(apply({{nullptr, before}}).vips.at(0).after->backends, IsEmpty());
  const TaskPtr after = make(vip_task("web.1", 31000));
  EXPECT_THAT(apply({{before, after}}).vips.at(0).after->backends, SizeIs(1));
}

TEST_F(VipBuilderTest, SortsBackends) {
  std::vector<TaskChange> changes;
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{31003, 31001, 31002}) {
    changes.push_back({nullptr, make(vip_task("web." + std::to_string(port), port))});
  }
  const auto outcome = apply(changes);
  const auto& backends = outcome.vips.at(0).after->backends;
  ASSERT_THAT(backends, SizeIs(3));
  EXPECT_TRUE(std::is_sorted(backends.begin(), backends.end()));
}

TEST_F(VipBuilderTest, KeepsTheAddressWhenAVipPassesToAnotherTask) {
  // With /31 both names hash to the first address: whoever comes first holds it.
  builder = VipBuilder(rules("11.0.0.0/31"));
  const TaskPtr blue = make(vip_task("blue.1", 31000, "/zzz:80"));
  EXPECT_EQ(apply({{nullptr, blue}}).vips.at(0).after->address, ip("11.0.0.0"));
  const auto outcome = apply({{blue, nullptr},
                              {nullptr, make(vip_task("aaa.1", 31001, "/aaa:80"))},
                              {nullptr, make(vip_task("green.1", 31002, "/zzz:81"))}});
  ASSERT_THAT(outcome.vips, SizeIs(3));  // aaa:80 came, zzz:80 went, zzz:81 came.
  EXPECT_EQ(outcome.vips[0].after->address, ip("11.0.0.1"));
  EXPECT_EQ(outcome.vips[1].after, nullptr);
  EXPECT_EQ(outcome.vips[2].after->address, ip("11.0.0.0"));
}

TEST_F(VipBuilderTest, ReportsAFullPoolOnceAndServesTheVipLater) {
  builder = VipBuilder(rules("11.0.0.0/32"));
  const TaskPtr first = make(vip_task("a.1", 31000, "/a:80"));
  const TaskPtr second = make(vip_task("b.1", 31001, "/b:80"));
  apply({{nullptr, first}});
  auto outcome = apply({{nullptr, second}});
  EXPECT_THAT(outcome.vips, IsEmpty());
  ASSERT_THAT(outcome.problems, SizeIs(1));
  EXPECT_THAT(outcome.problems[0].to_string(), HasSubstr("11.0.0.0/32"));

  const TaskPtr third = make(vip_task("b.2", 31002, "/b:80"));
  outcome = apply({{nullptr, third}});
  EXPECT_THAT(outcome.vips, IsEmpty());
  EXPECT_THAT(outcome.problems, IsEmpty());

  outcome = apply({{first, nullptr}});
  ASSERT_THAT(outcome.vips, SizeIs(2));
  EXPECT_EQ(outcome.vips[0].after, nullptr);
  EXPECT_EQ(outcome.vips[1].before, nullptr);
  EXPECT_EQ(outcome.vips[1].after->address, ip("11.0.0.0"));
  EXPECT_THAT(outcome.vips[1].after->backends, SizeIs(2));

  EXPECT_EQ(apply({{second, nullptr}, {third, nullptr}}).vips.at(0).after, nullptr);
}

TEST_F(VipBuilderTest, ForgetsAVipThatNeverGotAnAddress) {
  builder = VipBuilder(rules("11.0.0.0/32"));
  const TaskPtr second = make(vip_task("b.1", 31001, "/b:80"));
  apply({{nullptr, make(vip_task("a.1", 31000, "/a:80"))}});
  apply({{nullptr, second}});
  EXPECT_THAT(apply({{second, nullptr}}).vips, IsEmpty());
  EXPECT_THAT(apply({{nullptr, second}}).problems, SizeIs(1));
}

TEST_F(VipBuilderTest, ReportsAProblemOnceWhileItExists) {
  const TaskPtr first = make(vip_task("web.1", 31000, "/web:0"));
  const TaskPtr second = make(vip_task("web.2", 31001, "/web:0"));
  const TaskPtr other_app = make(vip_task("api.1", 31002, "/web:0", "/api"));
  EXPECT_THAT(apply({{nullptr, first}}).problems, SizeIs(1));
  EXPECT_THAT(apply({{nullptr, second}}).problems, IsEmpty());
  EXPECT_THAT(apply({{nullptr, other_app}}).problems, SizeIs(1));
  Task drained = *first;
  drained.state = TaskState::Killing;
  EXPECT_THAT(apply({{first, make(drained)}}).problems, IsEmpty());
  EXPECT_THAT(apply({{make(drained), nullptr}, {second, nullptr}, {nullptr, first}}).problems,
              IsEmpty());  // It passed from task to task.
  EXPECT_THAT(apply({{first, nullptr}}).problems, IsEmpty());
  EXPECT_THAT(apply({{nullptr, first}}).problems, SizeIs(1));
}

using Weight = std::optional<std::uint32_t>;

std::vector<Weight> weights_of(const VipChange& change) {
  std::vector<Weight> weights;
  for (const Backend& backend : change.after->backends) weights.push_back(backend.weight());
  return weights;
}

TEST_F(VipBuilderTest, GivesPoolsTheWeightsOfTheOperatorUntilTheyAreTakenBack) {
  const VipId web{.name = "web.marathon", .address = {}, .port = 80};
  Task labelled = vip_task("blue.1", 31000, "/web:80", "/blue");
  labelled.ports[0].labels.edit().emplace("SIGNPOST_WEIGHT", "30");
  apply({{nullptr, make(labelled)},
         {nullptr, make(vip_task("green.1", 31001, "/web:80", "/green"))}});

  auto change = builder.weigh({web, {{"/blue", 0}, {"/green", 100}}});
  ASSERT_TRUE(change);
  EXPECT_THAT(weights_of(*change), ElementsAre(Weight(0), Weight(100)));
  EXPECT_FALSE(builder.weigh({web, {{"/blue", 0}, {"/green", 100}}}));  // Nothing new.

  const auto more = apply({{nullptr, make(vip_task("blue.2", 31002, "/web:80", "/blue"))}});
  ASSERT_THAT(more.vips, SizeIs(1));
  EXPECT_THAT(weights_of(more.vips[0]), ElementsAre(Weight(0), Weight(100), Weight(0)));

  change = builder.weigh({web, {}});
  ASSERT_TRUE(change);
  EXPECT_THAT(weights_of(*change), ElementsAre(Weight(30), Weight(), Weight()));
}

TEST_F(VipBuilderTest, KeepsWeightsForAVipThatComesLater) {
  const VipId web{.name = "web.marathon", .address = {}, .port = 80};
  EXPECT_FALSE(builder.weigh({web, {{"/web", 7}}}));
  const TaskPtr task = make(vip_task("web.1", 31000));
  EXPECT_THAT(weights_of(apply({{nullptr, task}}).vips.at(0)), ElementsAre(Weight(7)));
  EXPECT_EQ(apply({{task, nullptr}}).vips.at(0).after, nullptr);
  EXPECT_THAT(weights_of(apply({{nullptr, task}}).vips.at(0)), ElementsAre(Weight(7)));
}

}  // namespace
}  // namespace watcher
