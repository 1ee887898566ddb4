#include "watcher/marathon/parse.h"

#include <fmt/core.h>
#include <gmock/gmock.h>

#include "tests/watcher/marathon/fixtures.h"
#include "watcher/marathon/translate.h"

namespace watcher::marathon {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;

AppsAnswer parse_one(const std::string& members) {
  auto answer = parse_apps(R"({"apps":[{"id":"/shop/web","version":"v1",)" + members + "}]}");
  EXPECT_TRUE(answer) << answer.error().message;
  return answer ? *answer : AppsAnswer{{AppFacts{}}, {}};
}

Definition define(const std::string& members) {
  return *parse_one(members).apps.front().definition;
}

/// An app with one task, in the neutral model.
Task translate(const std::string& app_members, const std::string& task_members) {
  const auto answer = parse_one(fmt::format(
      R"({},"tasks":[{{"id":"t1","host":"10.0.0.7","state":"TASK_RUNNING","version":"v1",{}}}])",
      app_members,
      task_members));
  if (answer.apps.empty() || answer.apps.front().tasks.empty()) return {};
  const AppFacts& app = answer.apps.front();
  return to_task(app.tasks.front(),
                 *app.definition,
                 {"marathon", "marathon"},
                 std::vector{*IpAddress::parse("10.0.0.7")});
}

/// "web:31000/tcp" of the agent, "web:80/tcp@task" of the task itself.
std::vector<std::string> ports_of(const Task& task) {
  std::vector<std::string> texts;
  for (const TaskPort& port : task.ports) {
    texts.push_back(fmt::format("{}:{}/{}{}",
                                port.name,
                                port.port,
                                to_string(port.protocol),
                                port.reach == Reach::Task ? "@task" : ""));
  }
  return texts;
}

TEST(ParseApps, RefusesWhatIsNoListOfApps) {
  EXPECT_THAT(parse_apps("<html>").error().message, HasSubstr("no JSON"));
  EXPECT_THAT(parse_apps("[]").error().message, HasSubstr("no object"));
  EXPECT_THAT(parse_apps("{}").error().message, HasSubstr("no list of apps"));
  EXPECT_THAT(parse_apps(R"({"apps":null})").error().message, HasSubstr("no list of apps"));
  EXPECT_FALSE(parse_app(R"({"message":"App '/x' does not exist"})"));
  EXPECT_FALSE(parse_version("{}"));
  EXPECT_FALSE(parse_group(R"({"apps":[]})"));
}

TEST(ParseApps, SkipsOneBadAppAndNamesIt) {
  const auto answer = parse_apps(R"({"apps":[{"id":"web"},{},{"id":"/ok"}]})");
  ASSERT_TRUE(answer);
  ASSERT_THAT(answer->apps, SizeIs(1));
  EXPECT_EQ(answer->apps.front().id, "/ok");
  ASSERT_THAT(answer->rejected, SizeIs(2));
  EXPECT_EQ(answer->rejected.front().what, "app 'web'");
}

TEST(ParseApps, SkipsOneBadTaskAndNamesIt) {
  const auto answer = parse_one(R"("tasks":[
      {"id":"a","state":"TASK_RUNNING","ports":31000},
      {"id":"b","state":"TASK_RUNNING","ports":[70000]},
      {"id":"c","state":"TASK_DREAMING"},
      {"state":"TASK_RUNNING"},
      {"id":"ok","state":"TASK_RUNNING"}])");
  ASSERT_THAT(answer.apps.front().tasks, SizeIs(1));
  EXPECT_EQ(answer.apps.front().tasks.front().id, "ok");
  EXPECT_THAT(answer.apps.front().unread, ElementsAre("a", "b", "c", ""));
  ASSERT_THAT(answer.rejected, SizeIs(4));
  EXPECT_EQ(answer.rejected[0].what, "task 'a' of /shop/web");
  EXPECT_THAT(answer.rejected[0].why, HasSubstr("ports is no list"));
  EXPECT_THAT(answer.rejected[2].why, HasSubstr("TASK_DREAMING"));
}

TEST(ParseApps, TakesNullForAbsent) {
  const auto answer = parse_one(
      R"("labels":null,"healthChecks":null,"portDefinitions":null,"ports":null,"container":null,
         "ipAddress":null,"taskKillGracePeriodSeconds":null,"versionInfo":null,"deployments":null,
         "tasks":[{"id":"t","host":null,"ports":null,"ipAddresses":null,"healthCheckResults":null,
                   "startedAt":null,"state":null,"version":null,"appId":null,"slaveId":null}])");
  EXPECT_THAT(answer.rejected, IsEmpty());
  ASSERT_THAT(answer.apps.front().tasks, SizeIs(1));
  const TaskFacts& task = answer.apps.front().tasks.front();
  EXPECT_EQ(task.app, "/shop/web");
  EXPECT_EQ(task.state, TaskState::Starting);
  EXPECT_EQ(*answer.apps.front().definition, Definition{});
}

TEST(ParseApps, TakesTheAppFromTheTask) {
  const auto answer = parse_one(R"("tasks":[{"id":"shop_web.1","appId":"/other"}])");
  EXPECT_EQ(answer.apps.front().tasks.front().app, "/other");
}

TEST(ParseApps, LetsOneLabelOfInvalidUtf8Pass) {
  EXPECT_THAT(define("\"labels\":{\"a\":\"\xff\",\"b\":\"ok\",\"c\":3}").labels,
              ElementsAre(std::pair("a", "\xff"), std::pair("b", "ok")));
}

TEST(Endpoints, OfTheHostNetworkPairHostPortsWithDefinitions) {
  const Task task = translate(
      R"("portDefinitions":[{"name":"http","port":10001,"labels":{"VIP_0":"/web:80"}},
                            {"name":"dns","port":10002,"protocol":"udp"}])",
      R"("ports":[31000,31001],"slaveId":"S2","region":"eu","zone":"eu-1")");
  EXPECT_THAT(ports_of(task), ElementsAre("http:31000/tcp", "dns:31001/udp"));
  EXPECT_EQ(task.ports[0].service_port, 10001);
  EXPECT_EQ(task.ports[0].labels->at("VIP_0"), "/web:80");
  EXPECT_THAT(task.host_ports, ElementsAre(31000, 31001));
  EXPECT_EQ(task.agent_id, "S2");
  EXPECT_EQ(task.region, "eu");
  EXPECT_EQ(task.zone, "eu-1");
  EXPECT_EQ(task.name, "web.shop");
  EXPECT_EQ(task.discovery_name, "web.shop");
  EXPECT_EQ(task.app, "/shop/web");
  EXPECT_THAT(task.addresses, ElementsAre(*IpAddress::parse("10.0.0.7")));  // None of its own.
}

TEST(Endpoints, OfBothProtocolsAreTwoPorts) {
  const Task task = translate(R"("portDefinitions":[{"name":"x","protocol":"udp,tcp"},
                                                    {"name":"y","protocol":"sctp"},{"name":"z"}])",
                              R"("ports":[1,2,3])");
  EXPECT_THAT(ports_of(task), ElementsAre("x:1/udp", "x:1/tcp", "z:3/tcp"));
}

TEST(Endpoints, OfABridgeAreHostPorts) {
  const char* task = R"("ports":[31000],"ipAddresses":[{"ipAddress":"172.17.0.2"}])";
  for (const char* app : {R"("networks":[{"mode":"container/bridge"}],
           "container":{"portMappings":[{"containerPort":80,"servicePort":10001}]})",
                          R"("container":{"docker":{"network":"BRIDGE",
                        "portMappings":[{"containerPort":80,"hostPort":0,"servicePort":10001}]}})"}) {
    const Task translated = translate(app, task);
    EXPECT_THAT(ports_of(translated), ElementsAre(":31000/tcp")) << app;
    EXPECT_EQ(translated.ports[0].service_port, 10001);
    EXPECT_THAT(translated.addresses, ElementsAre(*IpAddress::parse("172.17.0.2")));
  }
}

TEST(Endpoints, OfAContainerNetworkAreHostPortsOnlyWhereAskedFor) {
  const char* task = R"("ports":[31000,31001],"ipAddresses":[{"ipAddress":"9.0.1.3"}])";
  const char* mappings =
      R"([{"containerPort":53,"hostPort":0,"name":"a"},{"containerPort":80,"name":"b"},
          {"containerPort":90,"hostPort":null,"name":"c"},{"containerPort":91,"hostPort":7,"name":"d"},
          {"containerPort":0,"name":"e"}])";
  for (const std::string& app : {fmt::format(R"("networks":[{{"mode":"container","name":"dcos"}}],
                       "container":{{"portMappings":{}}})",
                                             mappings),
                                 fmt::format(R"("ipAddress":{{"networkName":"dcos"}},
                       "container":{{"docker":{{"network":"USER","portMappings":{}}}}})",
                                             mappings)}) {
    EXPECT_THAT(ports_of(translate(app, task)),
                ElementsAre("a:31000/tcp", "b:80/tcp@task", "c:90/tcp@task", "d:31001/tcp"))
        << app;
  }
}

TEST(Endpoints, OnSeveralNetworksAreOnTheOneTheirMappingNames) {
  const std::string app =
      R"("networks":[{"mode":"container","name":"front"},{"mode":"container","name":"back"}],
         "container":{"portMappings":[
           {"containerPort":80,"name":"web","networkNames":["front"]},
           {"containerPort":81,"name":"sql","networkNames":["back"]},
           {"containerPort":82,"name":"both","networkNames":["back","front"]},
           {"containerPort":83,"name":"lost","networkNames":["gone"]}]})";
  const auto places = [&](const std::string& addresses) {
    const Task task = translate(app, R"("ports":[],"ipAddresses":[)" + addresses + "]");
    std::vector<std::string> texts;
    for (const TaskPort& port : task.ports) {
      std::string& text = texts.emplace_back(port.name);
      for (const auto& place : endpoints_of(task, port)) text += " " + place.to_string();
    }
    return texts;
  };
  EXPECT_THAT(places(R"({"ipAddress":"10.1.0.1"},{"ipAddress":"10.2.0.1"})"),
              ElementsAre("web 10.1.0.1:80",
                          "sql 10.2.0.1:81",
                          "both 10.1.0.1:82 10.2.0.1:82",
                          "lost 10.1.0.1:83 10.2.0.1:83"));
  EXPECT_THAT(places(R"({"ipAddress":"10.1.0.1"})"),  // Nobody says on which.
              testing::Contains("sql 10.1.0.1:81"));
}

TEST(Endpoints, OfEachTaskAreItsOwnWhateverTheOrder) {
  const auto answer = parse_one(
      R"("portDefinitions":[{"name":"http"}],"tasks":[
         {"id":"t1","state":"TASK_RUNNING","version":"v1","ports":[31001]},
         {"id":"t2","state":"TASK_RUNNING","version":"v1","ports":[31002,31003]},
         {"id":"t3","state":"TASK_RUNNING","version":"v1"}])");
  const AppFacts& app = answer.apps.front();
  const auto ports = [&](std::size_t i) {
    return ports_of(to_task(app.tasks[i], *app.definition, {"marathon", "marathon"}, {}));
  };
  EXPECT_THAT(ports(0), ElementsAre("http:31001/tcp"));
  EXPECT_THAT(ports(1), ElementsAre("http:31002/tcp"));
  EXPECT_THAT(ports(2), IsEmpty());
}

TEST(Endpoints, OfAnAddressPerTaskComeFromItsDiscovery) {
  const Task task = translate(
      R"("ipAddress":{"discovery":{"ports":[{"number":80,"name":"http","protocol":"tcp",
                                             "labels":{"VIP_0":"/a:80"}}]}})",
      R"("ports":[],"ipAddresses":[{"ipAddress":"9.0.1.3","protocol":"IPv4"},{"ipAddress":"bad"}])");
  EXPECT_THAT(ports_of(task), ElementsAre("http:80/tcp@task"));
  EXPECT_EQ(task.ports[0].labels->size(), 1u);
  EXPECT_THAT(task.addresses, ElementsAre(*IpAddress::parse("9.0.1.3")));
}

TEST(Endpoints, BeyondTheListedHostPortsAreLeftOut) {
  const char* app = R"("portDefinitions":[{"name":"a"},{"name":"b"}])";
  EXPECT_THAT(ports_of(translate(app, R"("ports":[31000])")), ElementsAre("a:31000/tcp"));
  EXPECT_THAT(ports_of(translate(app, R"("ports":[])")), IsEmpty());
  EXPECT_THAT(ports_of(translate(app, R"("ports":[1,2,3])")), SizeIs(2));
}

TEST(Endpoints, OfAppsBefore10AreUnnamed) {
  const Task task = translate(R"("ports":[10000,10001])", R"("ports":[31000,31001])");
  EXPECT_THAT(ports_of(task), ElementsAre(":31000/tcp", ":31001/tcp"));
  EXPECT_EQ(task.ports[1].service_port, 10001);
}

TEST(Health, FollowsDefinitionAndResults) {
  const char* checks = R"("healthChecks":[{"protocol":"HTTP"}])";
  const auto health = [](const char* app, const char* task) { return translate(app, task).health; };
  EXPECT_EQ(health(R"("healthChecks":[])", R"("healthCheckResults":[{"alive":false}])"),
            Health::None);
  EXPECT_EQ(health(checks, R"("healthCheckResults":[])"), Health::Unknown);
  EXPECT_EQ(health(checks, R"("healthCheckResults":[{"alive":true}])"), Health::Passing);
  EXPECT_EQ(health(checks, R"("healthCheckResults":[{"alive":true},{"alive":false}])"),
            Health::Failing);
}

TEST(Readiness, CountsOnlyForTasksADeploymentStarts) {
  const std::string app = R"("readinessChecks":[{"portName":"api"}],"deployments":[{"id":"d"}],)";
  const auto ready = [&](const std::string& results, const std::string& version) {
    const auto answer = parse_one(app + R"("readinessCheckResults":)" + results +
                                  R"(,"tasks":[{"id":"t","version":")" + version + "\"}]");
    return answer.apps.front().tasks.front().ready;
  };
  EXPECT_FALSE(ready("[]", "v1"));
  EXPECT_TRUE(ready("[]", "v0"));
  EXPECT_FALSE(ready(R"([{"taskId":"t","ready":false}])", "v1"));
  EXPECT_TRUE(ready(R"([{"taskId":"t","ready":true},{"taskId":"u","ready":false}])", "v1"));
  EXPECT_FALSE(ready(R"([{"taskId":"u","ready":true}])", "v1"));
}

TEST(Readiness, IsGivenOutsideDeployments) {
  const auto answer = parse_one(R"("readinessChecks":[{}],"tasks":[{"id":"t","version":"v1"}])");
  EXPECT_TRUE(answer.apps.front().tasks.front().ready);
}

TEST(Definitions, HoldTheKillGrace) {
  EXPECT_EQ(define(R"("labels":{})").kill_grace, 3s);
  EXPECT_EQ(define(R"("taskKillGracePeriodSeconds":0)").kill_grace, 0s);
  EXPECT_EQ(define(R"("taskKillGracePeriodSeconds":2.5)").kill_grace, 2500ms);
  EXPECT_EQ(define(R"("taskKillGracePeriodSeconds":1e300)").kill_grace, 24h);
  EXPECT_EQ(define(R"("taskKillGracePeriodSeconds":-1)").kill_grace, 0s);
}

TEST(TaskStates, AreMapped) {
  const std::vector<std::pair<const char*, TaskState>> states = {
      {"TASK_STAGING", TaskState::Starting},
      {"TASK_STARTING", TaskState::Starting},
      {"TASK_RUNNING", TaskState::Running},
      {"TASK_KILLING", TaskState::Killing},
      {"TASK_UNREACHABLE", TaskState::Unreachable},
      {"TASK_LOST", TaskState::Unreachable},
      {"TASK_FINISHED", TaskState::Ended},
      {"TASK_FAILED", TaskState::Ended},
      {"TASK_KILLED", TaskState::Ended},
      {"TASK_ERROR", TaskState::Ended},
      {"TASK_GONE", TaskState::Ended},
      {"TASK_DROPPED", TaskState::Ended},
      {"TASK_GONE_BY_OPERATOR", TaskState::Killing},
      {"TASK_UNKNOWN", TaskState::Killing}};
  for (const auto& [name, expected] : states) {
    const auto answer = parse_one(fmt::format(R"("tasks":[{{"id":"t","state":"{}"}}])", name));
    EXPECT_EQ(answer.apps.front().tasks.front().state, expected) << name;
  }
}

TEST(TaskStates, BeforeOneDotOneFollowTheStart) {
  const auto answer = parse_one(R"("tasks":[{"id":"a","startedAt":"2014"},{"id":"b"}])");
  EXPECT_EQ(answer.apps.front().tasks[0].state, TaskState::Running);
  EXPECT_EQ(answer.apps.front().tasks[1].state, TaskState::Starting);
}

TEST(ParseGroup, ListsTheAppsOfAllGroupsBelow) {
  const auto apps = parse_group(R"({"id":"/","apps":[{"id":"/a","version":"1"}],
      "groups":[{"id":"/g","groups":[{"id":"/g/h","apps":[{"id":"/g/h/b","version":"2"}]}]}]})");
  ASSERT_TRUE(apps);
  ASSERT_THAT(*apps, SizeIs(2));
  EXPECT_EQ((*apps)[1].id, "/g/h/b");
  EXPECT_EQ((*apps)[1].version, "2");
}

// ---- Recorded answers

TEST(RecordedApps, WithTasksAreReadWithoutRejection) {
  const auto files = list_fixtures("marathon/apps", "apps.json");
  SKIP_WITHOUT_FIXTURES(files);
  for (const std::string& file : files) {
    const auto answer = parse_apps(read_fixture(file));
    ASSERT_TRUE(answer) << file;
    EXPECT_THAT(answer->rejected, IsEmpty()) << file;
    EXPECT_FALSE(answer->apps.empty()) << file;
  }
}

TEST(RecordedApps, OfAnythingElseAreRefusedWhole) {
  const std::string body = read_fixture("marathon/apps/allegro-not-marathon.json");
  SKIP_WITHOUT_FIXTURES(body);
  EXPECT_FALSE(parse_apps(body));
  EXPECT_FALSE(parse_app(body));
}

TEST(RecordedApps, PreferTheHostPortOfABridge) {
  const std::string body = read_fixture("marathon/apps/mlb-marathon15_apps.json");
  SKIP_WITHOUT_FIXTURES(body);
  const auto answer = parse_apps(body);
  ASSERT_TRUE(answer);
  const AppFacts& app = answer->apps.front();
  const Task task = to_task(app.tasks.front(), *app.definition, {"marathon", "marathon"}, {});
  EXPECT_THAT(ports_of(task), ElementsAre("test:1565/tcp"));
  EXPECT_EQ(task.ports.front().service_port, 10101);
  EXPECT_EQ(task.labels->at("HAPROXY_GROUP"), "external");
}

TEST(RecordedApps, ReadPortsOfEveryGeneration) {
  SKIP_WITHOUT_FIXTURES(read_fixture("marathon/apps/mlb-ci-docker_bridge.json"));
  const auto first = [](const std::string& name) {
    const auto definition = parse_version(read_fixture("marathon/apps/" + name));
    return definition && !(*definition)->ports.empty() ? (*definition)->ports.front() : PortSpec{};
  };
  EXPECT_TRUE(first("mlb-ci-docker_bridge.json").on_agent);
  EXPECT_TRUE(first("mlb-ci-docker_host.json").on_agent);
  EXPECT_FALSE(first("mlb-ci-docker_ippc.json").on_agent);
  EXPECT_EQ(first("mlb-ci-docker_ippc.json").number, 80);
  EXPECT_TRUE(first("mlb-ci19-docker_bridge.json").on_agent);
  EXPECT_TRUE(first("mlb-ci19-docker_ippc.json").on_agent);
  EXPECT_EQ(first("mlb-1-nginx.json"), first("mlb-1-nginx-marathon1.5.json"));
}

TEST(RecordedApps, ReadTasksWithoutHostPortsStateOrHealth) {
  const std::string body = read_fixture("marathon/apps/gomarathon-no-health-results.json");
  SKIP_WITHOUT_FIXTURES(body);
  const auto answer = parse_app(body);
  ASSERT_TRUE(answer);
  ASSERT_THAT(answer->apps.front().tasks, SizeIs(2));
  EXPECT_EQ(answer->apps.front().tasks[0].health, Health::Passing);
  EXPECT_EQ(answer->apps.front().tasks[1].health, Health::Unknown);
}

TEST(RecordedTasks, KeepTheirOwnApp) {
  for (const std::string& file : list_fixtures("marathon/tasks", "s.json")) {
    const std::string body = read_fixture(file);
    const auto answer =
        parse_one(body.substr(body.find('{') + 1, body.rfind('}') - body.find('{') - 1));
    EXPECT_THAT(answer.rejected, IsEmpty()) << file;
    for (const TaskFacts& task : answer.apps.front().tasks)
      EXPECT_NE(task.app, "/shop/web") << file;
  }
}

TEST(WorkshopDefinitions, AreRead) {
  const auto define_file = [](const std::string& name) {
    return parse_version(read_fixture("workshop/" + name));
  };
  const auto sise = define_file("sise-external.json");
  SKIP_WITHOUT_FIXTURES(read_fixture("workshop/sise-external.json"));
  ASSERT_TRUE(sise);
  EXPECT_EQ((*sise)->ports.front().service_port, 10010);
  EXPECT_EQ((*sise)->ports.front().labels.at("VIP_0"), "/sise:80");
  EXPECT_EQ((*sise)->labels.at("HAPROXY_GROUP"), "external");
  EXPECT_TRUE((*sise)->host_network);
  EXPECT_FALSE((*define_file("slides-webserver.json"))->host_network);
  EXPECT_TRUE((*define_file("zdd-base-health.json"))->health_checks);
  EXPECT_TRUE((*define_file("zdd-base-ready.json"))->readiness_checks);
  EXPECT_EQ((*define_file("zdd-base-ready.json"))->ports.front().name, "main-api");
}

}  // namespace
}  // namespace watcher::marathon
