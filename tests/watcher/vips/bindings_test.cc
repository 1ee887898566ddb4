#include "watcher/vips/bindings.h"

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
using testing::sample_task;
using ::testing::SizeIs;
using testing::vip_task;

std::vector<std::string> ids(const Bindings& found) {
  std::vector<std::string> ids;
  for (const Binding& binding : found.bindings) ids.push_back(binding.id.to_string());
  return ids;
}

std::vector<std::string> endpoints(const Task& task, const Binding& binding) {
  std::vector<std::string> endpoints;
  for (const Backend& backend : backends_of(task, binding)) {
    endpoints.push_back(backend.endpoint.to_string());
  }
  return endpoints;
}

Task task_with_ports(std::vector<TaskPort> ports, Labels labels = {}) {
  Task task = sample_task("web.1");
  task.ports = std::move(ports);
  task.labels = std::move(labels);
  return task;
}

TEST(PortLabels, MakeAVipEach) {
  const Task task = task_with_ports({sample_port(
      31000, {{"VIP", "/a:1"}, {"VIP_0", "/b:2"}, {"vipX", "1.2.3.4:3"}, {"Vip_0", "/c:4"}})});
  const Bindings found = read_bindings(task, {});
  EXPECT_THAT(ids(found), ElementsAre("a.marathon:1/tcp", "b.marathon:2/tcp", "1.2.3.4:3/tcp"));
  EXPECT_THAT(found.problems, IsEmpty());
}

TEST(PortLabels, MakeATcpAndAUdpVipOfOneDefinition) {
  const Labels labels{{"VIP_0", "/dns:53"}};
  const Task task =
      task_with_ports({sample_port(31000, labels), sample_port(31000, labels, Protocol::Udp)});
  EXPECT_THAT(ids(read_bindings(task, {})),
              ElementsAre("dns.marathon:53/tcp", "dns.marathon:53/udp"));
}

TEST(PortLabels, ReportABadOneAndKeepTheOthers) {
  const Task task = task_with_ports(
      {sample_port(31000), sample_port(31001, {{"VIP_0", "/web:0"}, {"VIP_1", "/web:80"}})});
  const Bindings found = read_bindings(task, {});
  EXPECT_THAT(ids(found), ElementsAre("web.marathon:80/tcp"));
  ASSERT_THAT(found.problems, SizeIs(1));
  EXPECT_THAT(found.problems[0].to_string(),
              HasSubstr(R"(app="/web" port=1 label="VIP_0" value="/web:0" problem=)"));
}

TEST(PortLabels, MayNotTakeTheAddressOfANeighbour) {
  VipRules rules{.pool = {0x0a000018, 29}};  // 10.0.0.24 to .31
  rules.networks = {{ip("10.0.0.1"), {ip("10.0.0.0"), 24}}, {ip("10.0.0.9"), {ip("10.0.0.0"), 24}}};
  Task task = task_with_ports({sample_port(31000,
                                           {{"VIP_0", "10.0.0.9:80"},  // The host's own,
                                            {"VIP_1", "10.0.0.7:80"},
                                            {"VIP_2", "10.0.1.7:80"},      // outside,
                                            {"VIP_3", "10.0.0.25:80"}})},  // and of the pool.
                              {{"VIP_PORT0", "tcp://10.0.0.8:80"}});
  task.host_ports = {31000};
  const Bindings found = read_bindings(task, rules);
  EXPECT_THAT(ids(found), ElementsAre("10.0.0.9:80/tcp", "10.0.1.7:80/tcp", "10.0.0.25:80/tcp"));
  ASSERT_THAT(found.problems, SizeIs(2));
  EXPECT_THAT(found.problems[0].to_string(),
              HasSubstr(R"(app="/web" port=0 label="VIP_1" value="10.0.0.7:80" problem="inside )"
                        "10.0.0.0/24, a network of this host (10.0.0.1)"));
}

TEST(Problems, CannotBreakTheLogLineAndAreCut) {
  const Task task =
      task_with_ports({sample_port(31000, {{"VIP_0", "a\"b\n\\" + std::string(5000, 'x')}})});
  const std::string line = read_bindings(task, {}).problems.at(0).to_string();
  EXPECT_THAT(line, HasSubstr(R"(value="a\"b\x0a\\xxx)"));
  EXPECT_LT(line.size(), 500U);
}

TEST(AppLabels, CountThePortsHeldOnTheAgent) {
  Task task = task_with_ports({sample_port(31001)}, {{"VIP_PORT1", "tcp://1.2.3.4:5000"}});
  task.host_ports = {31000, 31001};
  const Bindings found = read_bindings(task, {});
  ASSERT_THAT(ids(found), ElementsAre("1.2.3.4:5000/tcp"));
  EXPECT_EQ(found.bindings[0].port, 0U);  // It is that described port, with its probe verdict.
  EXPECT_THAT(endpoints(task, found.bindings[0]), ElementsAre("10.0.0.1:31001"));
}

TEST(AppLabels, ReachPortsThatNothingDescribes) {
  Task task = task_with_ports({}, {{"vip_port0", "udp:///web:53"}});
  task.host_ports = {31000};
  const Bindings found = read_bindings(task, {});
  ASSERT_THAT(ids(found), ElementsAre("web.marathon:53/udp"));
  EXPECT_THAT(endpoints(task, found.bindings[0]), ElementsAre("10.0.0.1:31000"));
}

TEST(AppLabels, WithoutAnIndexAreNone) {
  const Task task =
      task_with_ports({}, {{"VIP_PORT", "x"}, {"VIP_PORTAL", "y"}, {"VIP_0", "/a:1"}});
  const Bindings found = read_bindings(task, {});
  EXPECT_THAT(found.bindings, IsEmpty());
  EXPECT_THAT(found.problems, IsEmpty());
}

TEST(AppLabels, AreReportedWhenTheyLackASchemeOrAPort) {
  Task task = task_with_ports({}, {{"VIP_PORT0", "1.2.3.4:80"}, {"VIP_PORT5", "tcp://1.2.3.4:80"}});
  task.host_ports = {31000};
  EXPECT_THAT(read_bindings(task, {}).problems, SizeIs(2));
}

TEST(AppLabels, OfAStartingTaskWaitForItsPorts) {
  Task task = task_with_ports({}, {{"VIP_PORT0", "tcp:///web:80"}});
  task.state = TaskState::Starting;
  const Bindings found = read_bindings(task, {});
  EXPECT_THAT(ids(found), ElementsAre("web.marathon:80/tcp"));
  EXPECT_THAT(found.problems, IsEmpty());
  EXPECT_THAT(endpoints(task, found.bindings[0]), IsEmpty());
}

TEST(DefinitionIndexes, CountTcpAndUdpOfOneDefinitionOnce) {
  Task task = task_with_ports({sample_port(53),
                               sample_port(53, {}, Protocol::Udp),
                               sample_port(80),
                               sample_port(81, {}, Protocol::Udp)});
  EXPECT_THAT(definition_indexes(task), ElementsAre(0, 0, 1, 2));
  task.ports[1].service_port = 10001;  // A definition of its own.
  EXPECT_THAT(definition_indexes(task), ElementsAre(0, 1, 2, 3));
}

class ServicePorts : public ::testing::Test {
 protected:
  std::vector<std::string> open(Labels labels) {
    Task task = task_with_ports(
        {sample_port(31000), sample_port(31001), sample_port(31002, {}, Protocol::Udp)},
        std::move(labels));
    task.ports[0].service_port = 10010;
    task.ports[1].service_port = 10011;
    task.ports[2].service_port = 10012;
    found = read_bindings(task, rules);
    return ids(found);
  }

  VipRules rules{.pool = {}, .service_address = ip("192.0.2.1"), .groups = {"external"}};
  Bindings found;
};

TEST_F(ServicePorts, OpenForTheirGroupOnly) {
  EXPECT_THAT(open({{"HAPROXY_GROUP", "external"}}),
              ElementsAre("192.0.2.1:10010/tcp", "192.0.2.1:10011/tcp"));
  EXPECT_THAT(open({{"HAPROXY_GROUP", "internal, external"}}), SizeIs(2));
  EXPECT_THAT(open({{"HAPROXY_GROUP", "internal"}}), IsEmpty());
  EXPECT_THAT(open({}), IsEmpty());
  rules.groups = {};
  EXPECT_THAT(open({{"HAPROXY_GROUP", "external"}}), IsEmpty());
}

TEST_F(ServicePorts, OpenForEveryAppWithAStar) {
  rules.groups = {"*"};
  EXPECT_THAT(open({}), SizeIs(2));
}

TEST_F(ServicePorts, FollowTheGroupOfThePortFirst) {
  EXPECT_THAT(open({{"HAPROXY_1_GROUP", "external"}}), ElementsAre("192.0.2.1:10011/tcp"));
  EXPECT_THAT(open({{"HAPROXY_GROUP", "external"}, {"HAPROXY_0_GROUP", "internal"}}),
              ElementsAre("192.0.2.1:10011/tcp"));
}

TEST_F(ServicePorts, CanBeMovedAndSwitchedOff) {
  EXPECT_THAT(open({{"HAPROXY_GROUP", "external"}, {"HAPROXY_0_PORT", "80"}}),
              ElementsAre("192.0.2.1:80/tcp", "192.0.2.1:10011/tcp"));
  EXPECT_THAT(open({{"HAPROXY_GROUP", "external"}, {"HAPROXY_0_ENABLED", "False"}}),
              ElementsAre("192.0.2.1:10011/tcp"));
  EXPECT_THAT(open({{"HAPROXY_GROUP", "external"}, {"HAPROXY_0_ENABLED", "True"}}), SizeIs(2));
}

TEST_F(ServicePorts, ReportABadPort) {
  EXPECT_THAT(open({{"HAPROXY_GROUP", "external"}, {"HAPROXY_0_PORT", "http"}}),
              ElementsAre("192.0.2.1:10011/tcp"));
  ASSERT_THAT(found.problems, SizeIs(1));
  EXPECT_EQ(found.problems[0].label, "HAPROXY_0_PORT");
}

TEST_F(ServicePorts, ListenWhereTheLabelSays) {
  EXPECT_THAT(open({{"HAPROXY_GROUP", "external"}, {"HAPROXY_0_BIND_ADDR", "192.0.2.9"}}),
              ElementsAre("192.0.2.9:10010/tcp", "192.0.2.1:10011/tcp"));
  EXPECT_THAT(open({{"HAPROXY_GROUP", "external"}, {"HAPROXY_0_BIND_ADDR", "*"}}),
              ElementsAre("0.0.0.0:10010/tcp", "192.0.2.1:10011/tcp"));
  EXPECT_THAT(open({{"HAPROXY_GROUP", "external"}, {"HAPROXY_0_BIND_ADDR", "eth0"}}), SizeIs(1));
  ASSERT_THAT(found.problems, SizeIs(1));
  EXPECT_EQ(found.problems[0].label, "HAPROXY_0_BIND_ADDR");
}

TEST_F(ServicePorts, DoNotListenAtTheAddressOfANeighbour) {
  rules.networks = {{ip("10.0.0.1"), {ip("10.0.0.0"), 8}}};
  EXPECT_THAT(open({{"HAPROXY_GROUP", "external"},
                    {"HAPROXY_0_BIND_ADDR", "10.1.2.3"},
                    {"HAPROXY_1_BIND_ADDR", "10.0.0.1"}}),
              ElementsAre("10.0.0.1:10011/tcp"));
  ASSERT_THAT(found.problems, SizeIs(1));
  EXPECT_EQ(found.problems[0].label, "HAPROXY_0_BIND_ADDR");
}

TEST_F(ServicePorts, StayClosedWhereMarathonLbWouldLetInOnlySome) {
  EXPECT_THAT(open({{"HAPROXY_GROUP", "external"}, {"HAPROXY_0_AUTH", "realm:user:$1$hash"}}),
              ElementsAre("192.0.2.1:10011/tcp"));
  ASSERT_THAT(found.problems, SizeIs(1));
  EXPECT_EQ(found.problems[0].value, "(hidden)");
  EXPECT_THAT(open({{"HAPROXY_GROUP", "external"},
                    {"HAPROXY_1_BACKEND_NETWORK_ALLOWED_ACL", "10.0.0.0/8"}}),
              ElementsAre("192.0.2.1:10010/tcp"));
  EXPECT_THAT(found.problems, SizeIs(1));
}

BackendState state_of(const Task& task) {
  return backends_of(task, read_bindings(task, {}).bindings.at(0)).at(0).state;
}

TEST(Backends, FollowStateAndHealth) {
  Task task = vip_task("web.1", 31000);
  EXPECT_EQ(state_of(task), BackendState::Passing);
  task.health = Health::Failing;
  EXPECT_EQ(state_of(task), BackendState::Failing);
  task.health = Health::Unknown;
  EXPECT_EQ(state_of(task), BackendState::Failing);
  task.health = Health::Passing;
  task.ready = false;
  EXPECT_EQ(state_of(task), BackendState::Failing);
  task.state = TaskState::Killing;
  EXPECT_EQ(state_of(task), BackendState::Draining);
}

TEST(Backends, TellHowNearTheyAreWhereThatCounts) {
  Task task = vip_task("web.1", 31000);
  task.agent_addresses = {ip("10.0.0.1")};
  VipRules rules;
  rules.node.addresses = {ip("10.0.0.1")};
  const auto nearness_by = [&](config::PreferLocal preferred) {
    rules.prefer_local = preferred;
    return backends_of(task, read_bindings(task, rules).bindings.at(0)).at(0).near;
  };
  EXPECT_EQ(nearness_by(config::PreferLocal::Agent), Nearness::Agent);
  EXPECT_EQ(nearness_by(config::PreferLocal::Zone), Nearness::Zone);
  EXPECT_EQ(nearness_by(config::PreferLocal::Off), Nearness::Elsewhere);
}

TEST(Backends, OfAnUnreachableTaskNeedOurOwnProbe) {
  Task task = vip_task("web.1", 31000);
  task.state = TaskState::Unreachable;
  EXPECT_EQ(state_of(task), BackendState::Failing);
  task.ports[0].probe = Health::Passing;
  EXPECT_EQ(state_of(task), BackendState::Passing);
}

TEST(Backends, AreNoneWhileTheTaskStartsOrHasNoAddress) {
  Task task = vip_task("web.1", 31000);
  const Binding binding = read_bindings(task, {}).bindings.at(0);
  task.state = TaskState::Starting;
  EXPECT_THAT(backends_of(task, binding), IsEmpty());
  task.state = TaskState::Running;
  task.agent_addresses.clear();
  EXPECT_THAT(backends_of(task, binding), IsEmpty());
  task.agent_addresses = {ip("10.0.0.1")};
  task.ports[0].port = 0;
  EXPECT_THAT(backends_of(task, binding), IsEmpty());
}

TEST(Backends, TellPoolAndDrainTime) {
  Task task = vip_task("web.1", 31000);
  task.kill_grace = std::chrono::seconds(30);
  const auto backends = backends_of(task, read_bindings(task, {}).bindings.at(0));
  ASSERT_THAT(backends, SizeIs(1));
  EXPECT_EQ(backends[0].app, "/web");
  EXPECT_EQ(backends[0].task, task.key);
  EXPECT_EQ(backends[0].drain, std::chrono::seconds(30));
}

TEST(Backends, AreOfTheVipsFamilyWhereTheyCanBe) {
  Task task =
      task_with_ports({sample_port(80, {{"VIP_0", "/web:80"}, {"VIP_1", "[fd01:c::1]:80"}})});
  task.ports[0].reach = Reach::Task;
  task.addresses = {ip("10.1.0.5"), ip("fd00::5"), ip("10.2.0.5")};
  const Bindings found = read_bindings(task, {});
  EXPECT_THAT(endpoints(task, found.bindings.at(0)), ElementsAre("10.1.0.5:80", "10.2.0.5:80"));
  EXPECT_THAT(endpoints(task, found.bindings.at(1)), ElementsAre("[fd00::5]:80"));
  task.addresses = {ip("fd00::5")};
  EXPECT_THAT(endpoints(task, found.bindings.at(0)), ElementsAre("[fd00::5]:80"));
}

}  // namespace
}  // namespace watcher
