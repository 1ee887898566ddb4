#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "world.h"

// What becomes of apps, seen through the event bus and the API.

namespace minimarathon {
namespace {

using http::find_header;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

std::set<std::string> task_ids(const json::array& tasks) {
  std::set<std::string> ids;
  for (const json::value& task : tasks) ids.emplace(task.at("id").as_string());
  return ids;
}

/// An app that never gets healthy, so that its deployment never ends.
std::string stuck(const std::string& id) {
  return sleeper(id, R"("healthChecks": [{"protocol": "COMMAND", "command": {"value": "false"},
      "intervalSeconds": 1000}])");
}

/// A check that passes while `file` exists in the sandbox, looked at all the time.
std::string checked_by_file(const std::string& more) {
  return R"("healthChecks": [{"protocol": "COMMAND", "command": {"value": "test -e ok"},
      "intervalSeconds": 0.01, "gracePeriodSeconds": 0, )" +
         more + "}]";
}

TEST(Scheduler, StartsAnAppInMarathonsOrderOfEvents) {
  World world;
  world.deploy("POST", "/v2/apps", sleeper("/shop/cart"));
  EXPECT_THAT(world.passed(),
              ElementsAre("deployment_info StartApplication",
                          "deployment_step_success StartApplication",
                          "deployment_info ScaleApplication",
                          "group_change_success",
                          "api_post_event",
                          "instance_changed_event Scheduled",
                          "instance_changed_event Provisioned",
                          "status_update_event TASK_STARTING",
                          "instance_changed_event Starting",
                          "status_update_event TASK_RUNNING",
                          "instance_changed_event Running",
                          "deployment_step_success ScaleApplication",
                          "deployment_success"));
}

TEST(Scheduler, StopsAnAppInMarathonsOrderOfEvents) {
  World world;
  world.deploy("POST", "/v2/apps", sleeper("/shop/cart"));
  world.passed();
  world.deploy("DELETE", "/v2/apps/shop/cart", "");
  EXPECT_THAT(world.passed(),
              ElementsAre("group_change_success",
                          "deployment_info StopApplication",
                          "instance_changed_event Running",
                          "status_update_event TASK_KILLING",
                          "instance_changed_event Killing",
                          "status_update_event TASK_KILLED",
                          "instance_changed_event Killed",
                          "app_terminated_event",
                          "deployment_step_success StopApplication",
                          "deployment_success"));
  EXPECT_EQ(world.call("GET", "/v2/apps/shop/cart").status, 404);
}

TEST(Scheduler, TellsInEventsWhatTheApiTells) {
  World world;
  world.call("POST", "/v2/apps", sleeper("/a"));
  const json::object posted = world.await("api_post_event");
  EXPECT_EQ(posted.at("clientIp"), "127.0.0.1");
  EXPECT_EQ(posted.at("uri"), "/v2/apps");
  EXPECT_EQ(posted.at("appDefinition").at("id"), "/a");
  const json::object scheduled = world.await("instance_changed_event");
  EXPECT_TRUE(scheduled.at("host").is_null());
  const json::object running = world.await_status("TASK_RUNNING");
  const json::value task = world.tasks("/a").at(0);
  EXPECT_EQ(running.at("taskId"), task.at("id"));
  EXPECT_EQ(running.at("ports"), task.at("ports"));
  EXPECT_EQ(running.at("host"), task.at("host"));
  EXPECT_EQ(running.at("slaveId"), task.at("slaveId"));
  EXPECT_EQ(running.at("ipAddresses"), task.at("ipAddresses"));
  EXPECT_EQ(running.at("version"), task.at("version"));
  EXPECT_EQ(running.at("message"), "");
}

TEST(Scheduler, GivesTasksTheirEnvironmentAndSandbox) {
  World world;
  world.call(
      "POST",
      "/v2/apps",
      R"({"id": "/a", "env": {"GREETING": "hi"}, "cmd": "test $GREETING = hi && test $HOST = 127.0.0.2 && test -n $PORT0 && test $(pwd) = $MESOS_SANDBOX && exit 7"})");
  EXPECT_EQ(world.await_status("TASK_FAILED").at("message"), "Command exited with status 7");
}

TEST(Scheduler, ScalesUpAndDown) {
  World world;
  world.deploy("POST", "/v2/apps", sleeper("/a"));
  const std::set<std::string> first = task_ids(world.tasks("/a"));
  world.deploy("PUT", "/v2/apps/a", R"({"instances": 3})");
  EXPECT_EQ(world.tasks("/a").size(), 3U);
  world.deploy("PUT", "/v2/apps/a", R"({"instances": 1})");
  EXPECT_EQ(task_ids(world.tasks("/a")), first);  // The oldest stays.
}

TEST(Scheduler, ReplacesOnAChangeAndKillsNothingBeforeItsReplacementRuns) {
  World world;
  world.deploy("POST", "/v2/apps", sleeper("/a", R"("instances": 2)"));
  const std::set<std::string> old = task_ids(world.tasks("/a"));
  world.passed();
  const http::Response changed = world.call("PUT", "/v2/apps/a", R"({"env": {"A": "b"}})");
  world.await_status("TASK_RUNNING");
  for (const std::string& event : world.passed())
    EXPECT_THAT(event, testing::Not(EndsWith("KILLING")));
  world.await_end_of(changed);
  const std::set<std::string> now = task_ids(world.tasks("/a"));
  EXPECT_EQ(now.size(), 2U);
  for (const std::string& id : now) EXPECT_FALSE(old.contains(id));
}

TEST(Scheduler, PostingTheSameAgainRestartsNothing) {
  World world;
  world.deploy("POST", "/v2/apps", sleeper("/a"));
  const std::set<std::string> before = task_ids(world.tasks("/a"));
  world.deploy("PUT", "/v2/apps/a", sleeper("/a"));
  EXPECT_EQ(task_ids(world.tasks("/a")), before);
}

TEST(Scheduler, RestartReplacesEveryTask) {
  World world;
  world.deploy("POST", "/v2/apps", sleeper("/a"));
  const std::set<std::string> before = task_ids(world.tasks("/a"));
  world.deploy("POST", "/v2/apps/a/restart", "");
  EXPECT_NE(task_ids(world.tasks("/a")), before);
  EXPECT_EQ(world.tasks("/a").size(), 1U);
}

TEST(Scheduler, StartsAFailedTaskAgainAsTheNextIncarnation) {
  World world;
  world.call("POST", "/v2/apps", R"({"id": "/a", "cmd": "exit 3", "backoffSeconds": 0.01})");
  const json::object first = world.await_status("TASK_FAILED");
  EXPECT_EQ(first.at("message"), "Command exited with status 3");
  const json::object second = world.await_status("TASK_FAILED");
  const auto id = [](const json::object& event) {
    return std::string(event.at("taskId").as_string());
  };
  EXPECT_THAT(id(first), EndsWith("._app.1"));
  EXPECT_EQ(id(second), id(first).substr(0, id(first).size() - 1) + "2");
  const json::object failure = world.app("/a").at("lastTaskFailure").as_object();
  EXPECT_EQ(failure.at("state"), "TASK_FAILED");
  EXPECT_EQ(failure.at("message"), "Command exited with status 3");
}

TEST(Scheduler, WaitsBeforeTheNextTry) {
  World world;
  world.call("POST", "/v2/apps", R"({"id": "/a", "cmd": "exit 0", "backoffSeconds": 1000,
      "maxLaunchDelaySeconds": 1000})");
  world.await_status("TASK_FINISHED");
  const json::value queue = world.get("/v2/queue").at("queue");
  EXPECT_EQ(queue.at(0).at("count"), 1);
  EXPECT_EQ(queue.at(0).at("app").at("id"), "/a");
  EXPECT_EQ(world.tasks("/a").size(), 0U);
}

TEST(Scheduler, ACommandThatDoesNotExistFailsAsATask) {
  World world;
  world.call("POST", "/v2/apps", R"({"id": "/a", "args": ["/no/such/program"]})");
  EXPECT_THAT(std::string(world.await_status("TASK_FAILED").at("message").as_string()),
              HasSubstr("/no/such/program"));
}

TEST(Scheduler, AKilledTaskComesBackAsTheSameInstance) {
  World world;
  world.deploy("POST", "/v2/apps", sleeper("/a"));
  const std::string id(world.tasks("/a").at(0).at("id").as_string());
  const http::Response killed = world.call("DELETE", "/v2/apps/a/tasks/" + id);
  EXPECT_EQ(json::parse(killed.body).at("task").at("id"), json_text(id));
  world.await_status("TASK_KILLED", id);
  world.await_status("TASK_RUNNING", id.substr(0, id.size() - 1) + "2");
}

TEST(Scheduler, AWipedTaskIsReplacedByANewInstance) {
  World world;
  world.deploy("POST", "/v2/apps", sleeper("/a"));
  const std::string id(world.tasks("/a").at(0).at("id").as_string());
  world.call("POST", "/v2/tasks/delete?wipe=true", R"({"ids": [")" + id + R"("]})");
  const json::object running = world.await_status("TASK_RUNNING");
  EXPECT_THAT(std::string(running.at("taskId").as_string()), EndsWith("._app.1"));
  EXPECT_NE(running.at("taskId"), json_text(id));
}

TEST(Scheduler, AKillWithScaleTakesThatTaskAway) {
  World world;
  world.deploy("POST", "/v2/apps", sleeper("/a", R"("instances": 2)"));
  const json::value victim = world.tasks("/a").at(0);
  const std::string host(victim.at("host").as_string());
  world.deploy("DELETE", "/v2/apps/a/tasks?scale=true&host=" + host, "");
  EXPECT_EQ(world.app("/a").at("instances"), 1);
  EXPECT_FALSE(task_ids(world.tasks("/a")).contains(std::string(victim.at("id").as_string())));
  EXPECT_EQ(world.call("DELETE", "/v2/apps/a/tasks?scale=true&wipe=true").status, 400);
}

TEST(Scheduler, KillsWhatDoesNotEndWithinItsGracePeriod) {
  World world;
  world.deploy("POST",
               "/v2/apps",
               R"({"id": "/a", "taskKillGracePeriodSeconds": 0.05,
      "cmd": "trap '' TERM; touch ok; while true; do sleep 1; done", )" +
                   checked_by_file("\"maxConsecutiveFailures\": 0") + "}");
  world.call("DELETE", "/v2/apps/a");
  EXPECT_EQ(world.await_status("TASK_KILLED").at("message"),
            "Command terminated with signal Killed");
}

TEST(Scheduler, ADeploymentLastsUntilItsAppIsHealthy) {
  World world;
  const http::Response posted = world.call(
      "POST", "/v2/apps", sleeper("/a", checked_by_file("\"maxConsecutiveFailures\": 0")));
  world.await("failed_health_check_event");
  EXPECT_EQ(world.get("/v2/deployments").at(0).at("currentActions").at(0).at("action"),
            "ScaleApplication");
  const json::object app = world.app("/a");
  EXPECT_EQ(app.at("tasksUnhealthy"), 1);
  const json::value result = app.at("tasks").at(0).at("healthCheckResults").at(0);
  EXPECT_EQ(result.at("alive"), false);
  EXPECT_EQ(world.call("DELETE", "/v2/apps/a").status, 200);
  world.await("deployment_failed");
  world.await("app_terminated_event");
}

TEST(Scheduler, TellsWhenATaskBecomesHealthy) {
  World world;
  const http::Response posted =
      world.call("POST",
                 "/v2/apps",
                 R"({"id": "/a", "cmd": "sleep 0.1; touch ok; exec sleep 100", )" +
                     checked_by_file("\"maxConsecutiveFailures\": 0") + "}");
  EXPECT_EQ(world.await("health_status_changed_event").at("alive"), true);
  EXPECT_EQ(world.await("instance_health_changed_event").at("healthy"), true);
  world.await_end_of(posted);
  EXPECT_EQ(world.app("/a").at("tasksHealthy"), 1);
}

TEST(Scheduler, KillsAnUnhealthyTaskAtTheFailureAfterTheLimit) {
  World world;
  world.call("POST", "/v2/apps", sleeper("/a", checked_by_file("\"maxConsecutiveFailures\": 1")));
  const json::object kill = world.await("unhealthy_instance_kill_event");
  const auto passed = world.passed();
  EXPECT_EQ(std::count(passed.begin(), passed.end(), "failed_health_check_event"), 2);
  world.await_status("TASK_KILLED", kill.at("taskId").as_string());
  world.await_status("TASK_RUNNING");
}

TEST(Scheduler, LocksAnAppThatIsBeingDeployed) {
  World world;
  const http::Response posted = world.call("POST", "/v2/apps", stuck("/a"));
  const std::string deployment(find_header(posted.headers, "Marathon-Deployment-Id"));
  const http::Response refused = world.call("PUT", "/v2/apps/a", R"({"instances": 2})");
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(json::parse(refused.body).at("deployments").at(0).at("id"), json_text(deployment));
  EXPECT_THAT(refused.body, HasSubstr("App is locked by one or more deployments."));
  EXPECT_EQ(world.call("PUT", "/v2/apps/a?force=true", R"({"instances": 2})").status, 200);
  EXPECT_EQ(world.await("deployment_failed").at("id"), json_text(deployment));
}

TEST(Scheduler, ListsDeploymentsAsMarathonDoes) {
  World world;
  world.call("POST", "/v2/apps", stuck("/a"));
  const json::value deployment = world.get("/v2/deployments").at(0);
  EXPECT_EQ(deployment.at("affectedApps"), json::parse(R"(["/a"])"));
  EXPECT_EQ(deployment.at("steps"),
            json::parse(R"([{"actions": [{"action": "StartApplication", "app": "/a"}]},
                            {"actions": [{"action": "ScaleApplication", "app": "/a"}]}])"));
  EXPECT_EQ(deployment.at("currentStep"), 2);
  EXPECT_EQ(deployment.at("totalSteps"), 2);
  EXPECT_EQ(world.app("/a").at("deployments").at(0).at("id"), deployment.at("id"));
}

TEST(Scheduler, TakesADeploymentBackOrOnlyEndsIt) {
  World world;
  world.deploy("POST", "/v2/apps", sleeper("/a"));
  const auto begin = [&] {
    const auto response = world.call(
        "PUT", "/v2/apps/a", R"({"healthChecks": [{"protocol": "COMMAND", "intervalSeconds": 1000,
                                 "command": {"value": "false"}}]})");
    return std::string(find_header(response.headers, "Marathon-Deployment-Id"));
  };
  const http::Response back = world.call("DELETE", "/v2/deployments/" + begin());
  EXPECT_EQ(back.status, 200);
  world.await_end_of(back);
  EXPECT_FALSE(world.app("/a").contains("healthChecks"));
  EXPECT_EQ(world.call("DELETE", "/v2/deployments/" + begin() + "?force=true").status, 202);
  EXPECT_TRUE(world.app("/a").contains("healthChecks"));
  EXPECT_EQ(world.get("/v2/deployments").as_array().size(), 0U);
}

TEST(Scheduler, GivesATaskOfAContainerNetworkAnAddressOfItsOwn) {
  World world;
  world.deploy("POST", "/v2/apps", R"({"id": "/a", "instances": 2, "args": ["sleep", "100"],
      "networks": [{"mode": "container", "name": "blue"}]})");
  const json::array tasks = world.tasks("/a");
  const json::value first = tasks.at(0).at("ipAddresses").at(0).at("ipAddress");
  EXPECT_THAT(std::string(first.as_string()), testing::StartsWith("127.0.64."));
  EXPECT_NE(first, tasks.at(1).at("ipAddresses").at(0).at("ipAddress"));
  EXPECT_EQ(tasks.at(0).at("ports").as_array().size(), 0U);
}

TEST(Scheduler, AFullAgentLeavesItsPortsToTheNext) {
  World world;
  const std::string fixed = R"("requirePorts": true, "ports": [31999])";
  world.deploy("POST", "/v2/apps", sleeper("/a", R"("instances": 3, )" + fixed));
  EXPECT_EQ(world.tasks("/a").size(), 3U);
  world.call("PUT", "/v2/apps/a", R"({"instances": 4})");
  world.await("instance_changed_event",
              [](const json::object& event) { return event.at("condition") == "Scheduled"; });
  EXPECT_EQ(world.get("/v2/queue").at("queue").at(0).at("count"), 1);
}

}  // namespace
}  // namespace minimarathon
