#include "minimarathon/deployments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "world.h"

namespace minimarathon {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> in_short(const std::vector<Deployment::Step>& steps) {
  constexpr const char* kActions[] = {"start", "scale", "restart", "stop"};
  std::vector<std::string> lines;
  for (const Deployment::Step& step : steps) {
    std::string line;
    for (const Deployment::Part& part : step) {
      line += line.empty() ? "" : ", ";
      line += std::string(kActions[static_cast<std::size_t>(part.action)]) + " " + part.app;
    }
    lines.push_back(line);
  }
  return lines;
}

TEST(Plan, StopsThenStartsThenScalesAndRestarts) {
  EXPECT_THAT(
      in_short(plan_steps({{.app = "/new", .action = Action::Start},
                           {.app = "/gone", .action = Action::Stop},
                           {.app = "/changed", .action = Action::Restart},
                           {.app = "/grown", .action = Action::Scale}})),
      ElementsAre("stop /gone", "start /new", "scale /new, restart /changed, scale /grown"));
}

TEST(Plan, GivesWhatDependsOnOthersALaterStep) {
  EXPECT_THAT(in_short(plan_steps({{.app = "/web", .action = Action::Start, .rank = 1},
                                   {.app = "/db", .action = Action::Restart, .rank = 0}})),
              ElementsAre("start /web", "restart /db", "scale /web"));
}

TEST(Plan, OfNothingHasNoStep) { EXPECT_TRUE(plan_steps({}).empty()); }

/// Healthy as soon as it has made a file, which takes it a moment.
std::string slow_to_be_healthy(const std::string& id, const std::string& more) {
  return R"({"id": ")" + id + R"(", "cmd": "sleep 0.2; touch ok; exec sleep 100", )" + more +
         R"("healthChecks": [{"protocol": "COMMAND", "command": {"value": "test -e ok"},
             "intervalSeconds": 0.01}]})";
}

std::string shop(const std::string& version) {
  const std::string env = R"("env": {"VERSION": ")" + version + R"("}, )";
  return R"({"id": "/shop", "apps": [)" + slow_to_be_healthy("/shop/db", env) + ", " +
         sleeper("/shop/web", env + R"("dependencies": ["../db"])") + "]}";
}

std::size_t place_of(const std::vector<json::object>& events,
                     std::string_view type,
                     std::string_view key,
                     std::string_view value) {
  for (std::size_t i = 0; i < events.size(); ++i) {
    const bool named = events[i].contains(key) && text(events[i], key) == value;
    if (named && text(events[i], "eventType") == type) return i;
  }
  ADD_FAILURE() << "no " << type << " with " << key << " " << value;
  return 0;
}

TEST(Deployments, AnAppWaitsUntilWhatItDependsOnIsHealthy) {
  World world;
  world.deploy("POST", "/v2/groups", shop("1"));
  const std::vector<json::object> events = world.passed_events();
  EXPECT_LT(place_of(events, "health_status_changed_event", "appId", "/shop/db"),
            place_of(events, "status_update_event", "appId", "/shop/web"));
}

TEST(Deployments, WhatWaitsIsStartedAgainAsItWas) {
  World world;
  world.deploy("POST", "/v2/groups", shop("1"));
  const json::value web = world.tasks("/shop/web").at(0);
  const http::Response changed = world.call("PUT", "/v2/groups/shop", shop("2"));
  EXPECT_EQ(world.get("/v2/deployments").at(0).at("totalSteps"), 2);
  world.call("DELETE", "/v2/apps/shop/web/tasks");
  const json::object again = world.await("status_update_event", [](const json::object& event) {
    return event.at("appId") == "/shop/web" && event.at("taskStatus") == "TASK_RUNNING";
  });
  EXPECT_EQ(again.at("version"), web.at("version"));
  world.await_end_of(changed);
  EXPECT_NE(world.tasks("/shop/web").at(0).at("version"), web.at("version"));
}

TEST(Deployments, LeavesOutWhatDoesNotChange) {
  World world;
  world.deploy("POST", "/v2/groups", shop("1"));
  const json::value before = world.app("/shop/web").at("version");
  const http::Response same = world.call("PUT", "/v2/groups/shop", shop("1"));
  world.await_end_of(same);
  EXPECT_EQ(world.app("/shop/web").at("version"), before);
}

TEST(Deployments, RefusesDependenciesInACircle) {
  World world;
  const http::Response refused = world.call("POST", "/v2/groups", R"({"id": "/g", "apps": [
      {"id": "a", "cmd": "x", "dependencies": ["/g/b"]},
      {"id": "b", "cmd": "x", "dependencies": ["/g/a"]}]})");
  EXPECT_EQ(refused.status, 422);
  EXPECT_THAT(refused.body, HasSubstr("Dependency graph has cyclic dependencies."));
}

TEST(Deployments, OfGroupsKeepWhatTheyDependOn) {
  World world;
  world.deploy("POST", "/v2/groups", R"({"id": "/web", "dependencies": ["/db"]})");
  EXPECT_EQ(world.get("/v2/groups/web").at("dependencies"), json::parse(R"(["/db"])"));
}

/// One old instance goes at once, its replacement never gets healthy.
std::string stuck_change() {
  return R"({"upgradeStrategy": {"minimumHealthCapacity": 0.5, "maximumOverCapacity": 0},
             "healthChecks": [{"protocol": "COMMAND", "command": {"value": "false"},
                               "intervalSeconds": 1000}]})";
}

std::set<std::string> versions_of(const json::array& tasks) {
  std::set<std::string> versions;
  for (const json::value& task : tasks) versions.emplace(task.at("version").as_string());
  return versions;
}

TEST(Deployments, EndedByForceLeaveBothVersionsAsTheyAre) {
  World world;
  world.deploy("POST", "/v2/apps", sleeper("/a", R"("instances": 2)"));
  const http::Response begun = world.call("PUT", "/v2/apps/a", stuck_change());
  const std::string id(http::find_header(begun.headers, "Marathon-Deployment-Id"));
  world.await_status("TASK_RUNNING");
  EXPECT_EQ(world.call("DELETE", "/v2/deployments/" + id + "?force=true").status, 202);
  EXPECT_EQ(text(world.await("deployment_failed"), "id"), id);
  EXPECT_EQ(versions_of(world.tasks("/a")).size(), 2U);
  EXPECT_EQ(world.app("/a").at("deployments").as_array().size(), 0U);
}

TEST(Deployments, TakenBackBringBackTheOldDefinitionInADeploymentOfItsOwn) {
  World world;
  world.deploy("POST", "/v2/apps", sleeper("/a", R"("instances": 2)"));
  const http::Response begun = world.call("PUT", "/v2/apps/a", stuck_change());
  const std::string id(http::find_header(begun.headers, "Marathon-Deployment-Id"));
  world.await_status("TASK_RUNNING");
  const http::Response back = world.call("DELETE", "/v2/deployments/" + id);
  EXPECT_EQ(back.status, 200);
  EXPECT_EQ(text(world.await("deployment_failed"), "id"), id);
  world.await_end_of(back);
  EXPECT_FALSE(world.app("/a").contains("healthChecks"));
  EXPECT_EQ(versions_of(world.tasks("/a")).size(), 1U);
  EXPECT_EQ(world.tasks("/a").size(), 2U);
}

TEST(Deployments, TakenBackRemoveWhatTheyHadMade) {
  World world;
  const http::Response begun = world.call("POST", "/v2/groups", shop("1"));
  const std::string id(http::find_header(begun.headers, "Marathon-Deployment-Id"));
  world.await_end_of(world.call("DELETE", "/v2/deployments/" + id));
  EXPECT_EQ(world.get("/v2/apps").at("apps").as_array().size(), 0U);
}

TEST(Deployments, TellWhatReadinessChecksFound) {
  World world;
  world.call("POST", "/v2/apps", sleeper("/a", R"("portDefinitions": [{"name": "http-api"}],
      "readinessChecks": [{"name": "r", "intervalSeconds": 1000}])"));
  const json::object running = world.await_status("TASK_RUNNING");
  const json::value results =
      world.get("/v2/deployments").at(0).at("currentActions").at(0).at("readinessCheckResults");
  EXPECT_EQ(results.at(0).at("name"), "r");
  EXPECT_EQ(results.at(0).at("ready"), false);
  EXPECT_EQ(results.at(0).at("taskId"), running.at("taskId"));
}

TEST(Deployments, AddTheirHealthChecksAtEveryStep) {
  World world;
  world.deploy("POST", "/v2/apps", slow_to_be_healthy("/a", ""));
  const std::vector<std::string> passed = world.passed();
  EXPECT_THAT(std::vector(passed.begin(), passed.begin() + 7),
              ElementsAre("deployment_info StartApplication",
                          "add_health_check_event",
                          "deployment_step_success StartApplication",
                          "deployment_info ScaleApplication",
                          "add_health_check_event",
                          "group_change_success",
                          "api_post_event"));
}

}  // namespace
}  // namespace minimarathon
