#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "world.h"

// /v2/apps: what it answers and refuses.

namespace minimarathon {
namespace {

using http::find_header;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

/// The names of an array of apps.
std::vector<std::string> ids_of(const json::value& apps) {
  std::vector<std::string> ids;
  for (const json::value& app : apps.as_array()) ids.emplace_back(app.at("id").as_string());
  return ids;
}

TEST(ApiApps, CreatesAnAppWithTheAnswerOfMarathon) {
  World world;
  const http::Response response = world.call("POST", "/v2/apps", sleeper("shop/cart"));
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(find_header(response.headers, "Location"), "/v2/apps/shop/cart");
  EXPECT_EQ(find_header(response.headers, "Content-Type"), "application/json");
  EXPECT_EQ(find_header(response.headers, "Cache-Control"), "no-cache, no-store, must-revalidate");
  EXPECT_EQ(find_header(response.headers, "X-Marathon-Leader"),
            "http://127.0.0.1:" + std::to_string(world.port()));
  const json::value app = json::parse(response.body);
  EXPECT_EQ(app.at("id"), "/shop/cart");
  EXPECT_EQ(app.at("tasksRunning"), 0);
  EXPECT_EQ(app.at("deployments").at(0).at("id"),
            json_text(find_header(response.headers, "Marathon-Deployment-Id")));
}

/// What Prometheus' marathon_sd_configs and Traefik read of one app.
TEST(ApiApps, ShowsTasksAsDiscoveryClientsReadThem) {
  World world;
  world.deploy("POST", "/v2/apps", sleeper("/a", R"("labels": {"x": "y"}, "cpus": 0.1)"));
  EXPECT_THAT(world.call("GET", "/v2/apps/").body, HasSubstr(R"("cpus":0.1,)"));
  const json::value apps = world.get("/v2/apps/?embed=apps.tasks").at("apps");
  const json::value& app = apps.at(0);
  EXPECT_EQ(app.at("tasksRunning"), 1);
  EXPECT_EQ(app.at("labels").at("x"), "y");
  EXPECT_EQ(app.at("portDefinitions").at(0).at("port"), 10000);
  const json::value& task = app.at("tasks").at(0);
  EXPECT_THAT(std::string(task.at("id").as_string()),
              AllOf(StartsWith("a.instance-"), testing::EndsWith("._app.1")));
  EXPECT_EQ(task.at("appId"), "/a");
  EXPECT_EQ(task.at("state"), "TASK_RUNNING");
  EXPECT_EQ(task.at("version"), app.at("version"));
  EXPECT_EQ(task.at("ipAddresses").at(0).at("ipAddress"), task.at("host"));
  EXPECT_THAT(std::string(task.at("host").as_string()), StartsWith("127.0.0."));
  EXPECT_EQ(task.at("ports").as_array().size(), 1U);
  EXPECT_EQ(task.at("healthCheckResults").as_array().size(), 0U);
  EXPECT_FALSE(task.as_object().contains("servicePorts"));
}

TEST(ApiApps, SpreadsTasksOverTheAgents) {
  World world;
  world.deploy("POST", "/v2/apps", sleeper("/a", R"("instances": 3)"));
  std::set<std::string> hosts;
  for (const json::value& task : world.tasks("/a")) {
    hosts.emplace(task.at("host").as_string());
  }
  EXPECT_THAT(hosts, ElementsAre("127.0.0.2", "127.0.0.3", "127.0.0.4"));
}

TEST(ApiApps, FiltersAndListsGroups) {
  World world;
  world.call("POST", "/v2/apps", sleeper("/shop/web", R"("labels": {"tier": "front"})"));
  world.call("POST", "/v2/apps", sleeper("/shop/db", R"("instances": 0)"));
  EXPECT_THAT(ids_of(world.get("/v2/apps?label=tier%3D%3Dfront").at("apps")),
              ElementsAre("/shop/web"));
  EXPECT_THAT(ids_of(world.get("/v2/apps?id=db").at("apps")), ElementsAre("/shop/db"));
  EXPECT_THAT(ids_of(world.get("/v2/apps?cmd=nothing").at("apps")), ElementsAre());
  EXPECT_THAT(ids_of(world.get("/v2/apps/shop/*").at("*")), ElementsAre("/shop/db", "/shop/web"));
  EXPECT_EQ(world.get("/v2/apps//shop/web").at("app").at("id"), "/shop/web");
}

struct Refusal {
  std::string method;
  std::string target;
  std::string body;
  int status;
  std::string message;
};

TEST(ApiApps, RefusesInTheWordsOfMarathon) {
  World world;
  world.call("POST", "/v2/apps", sleeper("/there", R"("instances": 0)"));
  const Refusal refusals[] = {
      {"POST", "/v2/apps", "{", 400, "Invalid JSON"},
      {"POST", "/v2/apps", "[]", 422, "Invalid JSON"},
      {"POST", "/v2/apps", R"({"cmd": "x"})", 422, "Invalid JSON"},
      {"POST", "/v2/apps", R"({"id": "/a"})", 422, "Object is not valid"},
      {"POST", "/v2/apps", R"({"id": "/a", "cmd": "x", "mem": "1"})", 422, "Invalid JSON"},
      {"POST", "/v2/apps", sleeper("/there"), 409, "An app with id [/there] already exists."},
      {"GET", "/v2/apps/x", "", 404, "App '/x' does not exist"},
      {"PATCH", "/v2/apps/x", "{}", 404, "App '/x' does not exist"},
      {"DELETE", "/v2/apps/x", "", 404, "App '/x' does not exist"},
      {"POST", "/v2/apps/x/restart", "", 404, "App '/x' does not exist"},
      {"GET", "/v2/apps/x/tasks", "", 404, "App '/x' does not exist"},
      {"GET", "/v2/apps/x/*", "", 404, "Group '/x' does not exist"},
      {"DELETE", "/v2/apps/there/tasks/t.1", "", 404, "Task 't.1' does not exist"},
      {"POST", "/v2/tasks/delete", R"({"ids": ["nonsense"]})", 400, "Invalid task id 'nonsense'."},
      {"DELETE", "/v2/deployments/d", "", 404, "DeploymentPlan d does not exist"},
      {"POST", "/v2/apps/there", "{}", 405, "Method Not Allowed"},
      {"GET", "/v3", "", 500, "URI not found"},
  };
  for (const Refusal& refusal : refusals) {
    const http::Response response = world.call(refusal.method, refusal.target, refusal.body);
    EXPECT_EQ(response.status, refusal.status) << refusal.method << " " << refusal.target;
    EXPECT_EQ(json::parse(response.body).at("message"), json_text(refusal.message))
        << response.body;
  }
}

TEST(ApiApps, TakesNothingButJson) {
  World world;
  const http::Headers form{{"Content-Type", "application/x-www-form-urlencoded"}};
  EXPECT_EQ(world.call("POST", "/v2/apps", sleeper("/a"), form).status, 415);
}

TEST(ApiApps, PutCreatesMergesAndReplaces) {
  World world;
  const http::Response created =
      world.call("PUT", "/v2/apps/a", R"({"cmd": "sleep 100", "instances": 0, "env": {"A": "b"}})");
  EXPECT_EQ(created.status, 201);
  world.await_end_of(created);
  world.deploy("PUT", "/v2/apps/a", R"({"labels": {"x": "y"}})");
  EXPECT_EQ(world.app("/a").at("env").at("A"), "b");
  EXPECT_EQ(world.app("/a").at("labels").at("x"), "y");
  world.deploy("PUT", "/v2/apps/a?partialUpdate=false", R"({"cmd": "sleep 9", "instances": 0})");
  EXPECT_FALSE(world.app("/a").contains("env"));
  EXPECT_EQ(world.app("/a").at("cmd"), "sleep 9");
}

TEST(ApiApps, ChangesSeveralAtOnceOrNone) {
  World world;
  const auto sleeping = [](const std::string& id) { return sleeper(id, R"("instances": 0)"); };
  world.deploy("PUT", "/v2/apps", "[" + sleeping("/a") + "," + sleeping("/b") + "]");
  EXPECT_THAT(ids_of(world.get("/v2/apps").at("apps")), ElementsAre("/a", "/b"));
  EXPECT_EQ(world.call("PUT", "/v2/apps", "[" + sleeping("/c") + R"(,{"id": "/D"}])").status, 422);
  EXPECT_EQ(world.call("PATCH", "/v2/apps", R"([{"id": "/c", "cpus": 1}])").status, 404);
  EXPECT_THAT(ids_of(world.get("/v2/apps").at("apps")), ElementsAre("/a", "/b"));
}

TEST(ApiApps, KeepsVersionsAndGoesBackToThem) {
  World world;
  world.deploy("POST", "/v2/apps", sleeper("/a", R"("instances": 0)"));
  const std::string first(world.app("/a").at("version").as_string());
  world.deploy("PUT", "/v2/apps/a", R"({"cmd": "sleep 9", "env": {"A": "b"}})");
  EXPECT_EQ(world.get("/v2/apps/a/versions").at("versions").as_array().size(), 2U);
  EXPECT_EQ(world.get("/v2/apps/a/versions/" + first).at("cmd"), "exec sleep 100");
  world.deploy("PUT", "/v2/apps/a", R"({"version": ")" + first + "\"}");
  EXPECT_EQ(world.app("/a").at("cmd"), "exec sleep 100");
  EXPECT_FALSE(world.app("/a").contains("env"));
  EXPECT_EQ(world.call("GET", "/v2/apps/a/versions/2016-10-13T13:31:39.055Z").status, 404);
}

TEST(ApiApps, ScalingIsNoConfigChange) {
  World world;
  world.deploy("POST", "/v2/apps", sleeper("/a"));
  const json::value created = world.app("/a").at("version");
  world.deploy("PUT", "/v2/apps/a", R"({"instances": 2})");
  const json::object app = world.app("/a");
  EXPECT_NE(app.at("version"), created);
  EXPECT_EQ(app.at("versionInfo").at("lastConfigChangeAt"), created);
  EXPECT_EQ(app.at("versionInfo").at("lastScalingAt"), app.at("version"));
}

TEST(ApiApps, ServicePortsStayAndDoNotCollide) {
  World world;
  world.deploy("POST", "/v2/apps", sleeper("/a", R"("instances": 0, "ports": [0, 0])"));
  world.deploy("POST", "/v2/apps", sleeper("/b", R"("instances": 0)"));
  EXPECT_EQ(world.app("/b").at("portDefinitions").at(0).at("port"), 10002);
  world.deploy("PUT", "/v2/apps/a", R"({"portDefinitions": [{"name": "one"}]})");
  EXPECT_EQ(world.app("/a").at("portDefinitions").at(0).at("port"), 10000);
}

TEST(ApiApps, AppsAndGroupsDoNotShareAnId) {
  World world;
  world.call("POST", "/v2/apps", sleeper("/shop/web", R"("instances": 0)"));
  EXPECT_EQ(world.call("POST", "/v2/apps", sleeper("/shop")).status, 422);
}

}  // namespace
}  // namespace minimarathon
