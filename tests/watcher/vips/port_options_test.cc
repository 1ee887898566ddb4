#include "watcher/vips/port_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/watcher/catalog/sample_tasks.h"

namespace watcher {
namespace {

using config::Balance;
using config::Drain;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ip;
using ::testing::IsEmpty;
using testing::sample_port;
using testing::sample_task;
using ::testing::SizeIs;

const VipRules kRules{.pool = {}, .service_address = ip("192.0.2.1"), .groups = {"external"}};

/// Two ports with a VIP each, and a service port each when the app has our group.
Task task_with(Labels app, Labels first_port = {}) {
  Task task = sample_task("web.1");
  first_port.emplace("VIP_0", "/a:1");
  task.ports = {sample_port(31000, std::move(first_port)), sample_port(31001, {{"VIP_0", "/b:2"}})};
  task.ports[0].service_port = 10010;
  task.ports[1].service_port = 10011;
  task.labels = std::move(app);
  return task;
}

PortOptions options(const Task& task, const std::string& vip) {
  for (const Binding& binding : read_bindings(task, kRules).bindings) {
    if (binding.id.to_string() == vip) return backends_of(task, binding).at(0).options;
  }
  ADD_FAILURE() << "no " << vip;
  return {};
}

std::vector<std::string> problems(const Task& task) {
  std::vector<std::string> lines;
  for (const Problem& problem : read_bindings(task, kRules).problems) {
    lines.push_back(problem.to_string());
  }
  return lines;
}

TEST(PortOptionsOf, AreEmptyWithoutLabels) {
  EXPECT_EQ(options(task_with({}), "a.marathon:1/tcp"), PortOptions{});
}

TEST(WeightOf, IsThatOfThePortElseOfItsNumberElseOfTheApp) {
  const Task task = task_with({{"SIGNPOST_WEIGHT", "1"}, {"SIGNPOST_1_WEIGHT", "2"}});
  EXPECT_EQ(weight_of(task, 0), 1U);
  EXPECT_EQ(weight_of(task, 1), 2U);
  EXPECT_EQ(weight_of(task, std::nullopt), 1U);
  EXPECT_EQ(weight_of(task_with({{"SIGNPOST_WEIGHT", "1"}}, {{"SIGNPOST_WEIGHT", "0"}}), 0), 0U);
}

TEST(WeightOf, IsNothingWithoutALabelThatIsAWeight) {
  EXPECT_EQ(weight_of(task_with({}), 0), std::nullopt);
  EXPECT_EQ(weight_of(task_with({}), std::nullopt), std::nullopt);
  for (const char* text : {"", "-1", "1.5", "1000001", "many"}) {
    const Task task = task_with({{"SIGNPOST_WEIGHT", text}});
    EXPECT_EQ(weight_of(task, 0), std::nullopt) << text;
    EXPECT_EQ(weight_of(task, std::nullopt), std::nullopt) << text;
  }
}

TEST(PortOptionsOf, ReadServerNames) {
  const Task task = task_with({{"SIGNPOST_SNI", "Shop.example.org, *.shop.example.org."}});
  EXPECT_EQ(options(task, "a.marathon:1/tcp").server_names, "shop.example.org,*.shop.example.org");
  EXPECT_THAT(problems(task), IsEmpty());
  const Task bad = task_with({{"SIGNPOST_SNI", "shop.example.org,"}});
  EXPECT_EQ(options(bad, "a.marathon:1/tcp").server_names, "");
  EXPECT_THAT(problems(bad), ElementsAre(HasSubstr("names such as shop.example.org")));
}

TEST(PortOptionsOf, FollowThePortThenItsNumberThenTheApp) {
  const Task task = task_with(
      {{"SIGNPOST_BALANCE", "random"}, {"SIGNPOST_0_BALANCE", "source"}, {"SIGNPOST_WEIGHT", "7"}});
  EXPECT_EQ(options(task, "a.marathon:1/tcp").balance, Balance::Source);
  EXPECT_EQ(options(task, "b.marathon:2/tcp").balance, Balance::Random);
  EXPECT_EQ(options(task, "b.marathon:2/tcp").weight, 7U);
  const Task with_port = task_with(task.labels, {{"SIGNPOST_BALANCE", "peak-ewma"}});
  EXPECT_EQ(options(with_port, "a.marathon:1/tcp").balance, Balance::PeakEwma);
  EXPECT_THAT(problems(with_port), IsEmpty());
}

TEST(PortOptionsOf, TakeADrainAsAWordOrATime) {
  const auto drain = [](const char* value) {
    return options(task_with({{"SIGNPOST_DRAIN", value}}), "a.marathon:1/tcp");
  };
  EXPECT_EQ(drain("keep").drain, Drain::Keep);
  EXPECT_EQ(drain("close").drain, Drain::Close);
  EXPECT_EQ(drain("wait").drain_timeout, std::nullopt);
  EXPECT_EQ(drain("90s").drain, Drain::Wait);
  EXPECT_EQ(drain("90s").drain_timeout, std::chrono::seconds(90));
}

TEST(PortOptionsOf, SayWhereProxyHeadersStand) {
  const auto found =
      options(task_with({{"SIGNPOST_ACCEPT_PROXY", "true"}, {"SIGNPOST_SEND_PROXY", "v2"}}),
              "a.marathon:1/tcp");
  EXPECT_EQ(found.accept_proxy, true);
  EXPECT_EQ(found.send_proxy, config::ProxyVersion::V2);
}

TEST(PortOptionsOf, ReportWhatTheyCannotUse) {
  const Task task = task_with(
      {{"SIGNPOST_BALANCE", "fastest"}, {"SIGNPOST_1_WEIGHT", "-1"}, {"SIGNPOST_WIEGHT", "5"}},
      {{"SIGNPOST_0_DRAIN", "keep"}});
  EXPECT_EQ(options(task, "a.marathon:1/tcp"), PortOptions{});
  EXPECT_THAT(
      problems(task),
      ElementsAre(HasSubstr("label=\"SIGNPOST_1_WEIGHT\" value=\"-1\" problem=\"expected a "
                            "whole number"),
                  HasSubstr("problem=\"expected two-choices, round-robin"),
                  HasSubstr("label=\"SIGNPOST_WIEGHT\" value=\"5\" problem=\"no such label; "
                            "there are SIGNPOST_ACCEPT_PROXY, SIGNPOST_BALANCE"),
                  HasSubstr("label=\"SIGNPOST_0_DRAIN\"")));
}

/// Its value is judged where names are made.
TEST(PortOptionsOf, KnowTheLabelForDns) {
  EXPECT_THAT(problems(task_with({{"SIGNPOST_DNS_TTL", "30"}})), IsEmpty());
}

TEST(PortOptionsOf, AreNoConcernOfTasksWithoutVips) {
  Task task = sample_task("web.1");
  task.ports = {sample_port(31000)};
  task.labels = {{"SIGNPOST_BALANCE", "fastest"}};
  EXPECT_THAT(problems(task), IsEmpty());
}

TEST(HaproxyLabels, ChooseTheBalanceOfServicePorts) {
  const auto balance = [](Labels labels) {
    labels.emplace("HAPROXY_GROUP", "external");
    const Task task = task_with(std::move(labels));
    EXPECT_THAT(problems(task), IsEmpty());
    EXPECT_EQ(options(task, "a.marathon:1/tcp").balance, std::nullopt) << "no VIP of theirs";
    EXPECT_EQ(options(task, "192.0.2.1:10011/tcp").balance, std::nullopt) << "not its port";
    return options(task, "192.0.2.1:10010/tcp").balance;
  };
  EXPECT_EQ(balance({{"HAPROXY_0_BALANCE", "leastconn"}}), Balance::LeastConnections);
  EXPECT_EQ(balance({{"HAPROXY_0_BALANCE", "source"}}), Balance::Source);
  EXPECT_EQ(balance({{"HAPROXY_0_BALANCE", "roundrobin"}}), Balance::WeightedRoundRobin);
  EXPECT_EQ(balance({{"HAPROXY_0_STICKY", "true"}}), Balance::Source);
  EXPECT_EQ(balance({{"HAPROXY_0_MODE", "tcp"}}), std::nullopt);
}

TEST(HaproxyLabels, YieldToOurs) {
  const Task task = task_with({{"HAPROXY_GROUP", "external"},
                               {"HAPROXY_0_BALANCE", "leastconn"},
                               {"SIGNPOST_BALANCE", "random"}});
  EXPECT_EQ(options(task, "192.0.2.1:10010/tcp").balance, Balance::Random);
}

TEST(HaproxyLabels, AreReportedWhereTheyAreNotHonoured) {
  const auto problem = [](const char* key, const char* value) {
    const auto lines = problems(task_with({{"HAPROXY_GROUP", "external"}, {key, value}}));
    EXPECT_THAT(lines, SizeIs(1)) << key;
    return lines.empty() ? "" : lines.front();
  };
  EXPECT_THAT(problem("HAPROXY_0_MODE", "http"), HasSubstr("relayed as TCP"));
  EXPECT_THAT(problem("HAPROXY_0_BALANCE", "uri"), HasSubstr("write roundrobin"));
  EXPECT_THAT(problem("HAPROXY_0_VHOST", "a.example"), HasSubstr("not honoured"));
  EXPECT_THAT(problem("HAPROXY_0_REDIRECT_TO_HTTPS", "true"), HasSubstr("not honoured"));
  EXPECT_THAT(problem("HAPROXY_1_BACKEND_WEIGHT", "5"), HasSubstr("SIGNPOST_WEIGHT"));
  // Of ports and apps that we don't open they are not our business.
  EXPECT_THAT(problems(task_with({{"HAPROXY_0_VHOST", "a.example"}})), IsEmpty());
  EXPECT_THAT(problems(task_with({{"HAPROXY_GROUP", "external"}, {"HAPROXY_7_VHOST", "x"}})),
              IsEmpty());
}

/// What zdd.py tells marathon-lb: the public port makes one VIP of both colours, the rest is known.
TEST(HaproxyLabels, OfADeploymentGroupMakeItsAppsPoolsOfOnePort) {
  for (const char* colour : {"blue", "green"}) {
    const Task task = task_with({{"HAPROXY_GROUP", "external"},
                                 {"HAPROXY_0_PORT", "10100"},
                                 {"HAPROXY_APP_ID", "shop"},
                                 {"HAPROXY_DEPLOYMENT_GROUP", "shop"},
                                 {"HAPROXY_DEPLOYMENT_ALT_PORT", "10011"},
                                 {"HAPROXY_DEPLOYMENT_COLOUR", colour},
                                 {"HAPROXY_DEPLOYMENT_STARTED_AT", "2026-11-30T00:00:00.000000"},
                                 {"HAPROXY_DEPLOYMENT_TARGET_INSTANCES", "4"},
                                 {"HAPROXY_DEPLOYMENT_NEW_INSTANCES", "0"}});
    EXPECT_THAT(problems(task), IsEmpty());
    EXPECT_EQ(options(task, "192.0.2.1:10100/tcp"), PortOptions{});
  }
}

}  // namespace
}  // namespace watcher
