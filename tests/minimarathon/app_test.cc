#include "minimarathon/app.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "minimarathon/path.h"

namespace minimarathon {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

ServicePortSource from_10000() {
  return [next = std::uint16_t{10000}]() mutable { return next++; };
}

ApiResult<App> read(const std::string& text, const App* previous = nullptr) {
  const json::object input = json::parse(text).as_object();
  const auto* id = input.if_contains("id");
  return read_app(
      input, absolute_path(id ? std::string(id->as_string()) : "/app"), previous, from_10000());
}

/// What a refused definition is told: path and error of the first detail.
std::string refusal(const std::string& text) {
  const auto app = read(text);
  if (app) return "accepted";
  const json::object body = json::parse(app.error().body).as_object();
  const json::object detail = body.at("details").as_array().at(0).as_object();
  return std::string(body.at("message").as_string()) + " " +
         std::string(detail.at("path").as_string());
}

TEST(App, FillsInEveryDefault) {
  const auto app = read(R"({"id": "web", "cmd": "sleep 1"})");
  ASSERT_TRUE(app);
  EXPECT_EQ(app->id, "/web");
  EXPECT_EQ(app->instances, 1U);
  const json::object& document = *app->definition;
  EXPECT_EQ(document.at("networks"), json::parse(R"([{"mode": "host"}])"));
  EXPECT_EQ(
      document.at("portDefinitions"),
      json::parse(R"([{"labels": {}, "port": 10000, "protocol": "tcp", "name": "default"}])"));
  EXPECT_EQ(document.at("upgradeStrategy"),
            json::parse(R"({"minimumHealthCapacity": 1E0, "maximumOverCapacity": 1E0})"));
  EXPECT_EQ(document.at("backoffFactor"), 1.15);
  EXPECT_FALSE(document.contains("container"));
}

TEST(App, BringsTheBridgeOf14IntoTheFormOf15) {
  const auto app = read(R"({"id": "/web", "container": {"type": "DOCKER", "docker": {
      "image": "nginx:1.9", "network": "BRIDGE",
      "portMappings": [{"containerPort": 80, "hostPort": 0}]}},
      "upgradeStrategy": {"minimumHealthCapacity": 0.9}})");
  ASSERT_TRUE(app);
  EXPECT_EQ(app->network, NetworkMode::Bridge);
  EXPECT_EQ(app->minimum_health_capacity, 0.9);
  EXPECT_EQ(app->maximum_over_capacity, 1);
  const json::object& document = *app->definition;
  EXPECT_EQ(document.at("networks"), json::parse(R"([{"mode": "container/bridge"}])"));
  EXPECT_EQ(document.at("container"),
            json::parse(R"({"type": "DOCKER", "docker": {"image": "nginx:1.9"}, "volumes": [],
                "portMappings": [{"containerPort": 80, "labels": {}, "protocol": "tcp",
                                  "servicePort": 10000, "hostPort": 0}]})"));
  EXPECT_FALSE(document.contains("portDefinitions"));
}

TEST(App, BringsAnAddressPerTaskIntoTheFormOf15) {
  const auto app = read(R"({"id": "/a", "cmd": "x", "ipAddress": {"networkName": "blue",
      "discovery": {"ports": [{"name": "api", "number": 7777, "protocol": "tcp"}]}}})");
  ASSERT_TRUE(app);
  EXPECT_EQ(app->definition->at("networks"),
            json::parse(R"([{"mode": "container", "name": "blue"}])"));
  ASSERT_EQ(app->ports.size(), 1U);
  EXPECT_EQ(app->ports[0].container_port, 7777);
  EXPECT_FALSE(app->ports[0].on_host);
}

TEST(App, TakesPortsAndUrisForWhatTheyBecame) {
  const auto app = read(R"({"id": "/a", "cmd": "x", "ports": [0, 9000], "uris": ["http://h/x"]})");
  ASSERT_TRUE(app);
  EXPECT_EQ(app->ports[0].service_port, 10000);
  EXPECT_EQ(app->ports[1].service_port, 9000);
  EXPECT_EQ(app->definition->at("fetch"), json::parse(R"([{"uri": "http://h/x"}])"));
  EXPECT_FALSE(app->definition->contains("ports"));
}

TEST(App, KeepsServicePortsWhenPostedAgain) {
  const std::string text = R"({"id": "/a", "cmd": "x", "portDefinitions": [{}, {}]})";
  const auto before = read(text);
  ASSERT_TRUE(before);
  const auto after = read_app(json::parse(text).as_object(), "/a", &*before, [] { return 15000; });
  ASSERT_TRUE(after);
  EXPECT_TRUE(differs_in_scale_only(*before, *after));
}

TEST(App, EchoesWhatItDoesNotActOn) {
  const auto app = read(R"({"id": "/a", "cmd": "x", "user": "root", "tty": true,
      "constraints": [["hostname", "UNIQUE"]], "dependencies": ["/b"],
      "env": {"A": "b", "P": {"secret": "p"}}, "secrets": {"p": {"source": "/db"}},
      "unreachableStrategy": "disabled", "nonsense": 1, "fetch": null})");
  ASSERT_TRUE(app);
  const json::object& document = *app->definition;
  EXPECT_EQ(document.at("constraints"), json::parse(R"([["hostname", "UNIQUE"]])"));
  EXPECT_EQ(document.at("env"), json::parse(R"({"A": "b", "P": {"secret": "p"}})"));
  EXPECT_EQ(document.at("unreachableStrategy"), "disabled");
  EXPECT_FALSE(document.contains("nonsense"));
  EXPECT_FALSE(document.contains("fetch"));
  EXPECT_EQ(app->env, (std::map<std::string, std::string>{{"A", "b"}}));
}

TEST(App, WritesOutHealthChecks) {
  const auto app = read(R"({"id": "/a", "cmd": "x", "healthChecks": [
      {"path": "/health"}, {"protocol": "MESOS_TCP"}, {"protocol": "COMMAND",
       "command": {"value": "true"}}]})");
  ASSERT_TRUE(app);
  using std::chrono::seconds;
  EXPECT_EQ(app->checks[0].grace, seconds(300));
  EXPECT_EQ(app->checks[0].delay, seconds(5));
  EXPECT_EQ(app->checks[0].port_index, 0U);
  EXPECT_EQ(app->checks[1].delay, seconds(15));
  EXPECT_TRUE(app->checks[1].by_executor);
  EXPECT_FALSE(app->checks[2].port_index);
  EXPECT_EQ(app->definition->at("healthChecks").as_array().at(0),
            json::parse(R"({"gracePeriodSeconds": 300E0, "intervalSeconds": 60E0,
                "maxConsecutiveFailures": 3, "protocol": "HTTP", "timeoutSeconds": 20E0,
                "portIndex": 0, "path": "/health", "ignoreHttp1xx": false})"));
}

TEST(App, NamesThePlaceOfWhatIsWrong) {
  EXPECT_EQ(refusal(R"({"id": "/a"})"), "Object is not valid /");
  EXPECT_EQ(refusal(R"({"id": "/a", "cmd": "x", "args": ["y"]})"), "Object is not valid /");
  EXPECT_EQ(refusal(R"({"id": "/a_b", "cmd": "x"})"), "Object is not valid /id");
  EXPECT_EQ(refusal(R"({"id": "/", "cmd": "x"})"), "Object is not valid /id");
  EXPECT_EQ(refusal(R"({"id": "/a/tasks", "cmd": "x"})"), "Object is not valid /id");
  EXPECT_EQ(refusal(R"({"id": "/a", "cmd": 1})"), "Invalid JSON /cmd");
  EXPECT_EQ(refusal(R"({"id": "/a", "cmd": "x", "cpus": "1"})"), "Invalid JSON /cpus");
  EXPECT_EQ(refusal(R"({"id": "/a", "cmd": "x", "cpus": -1})"), "Object is not valid /cpus");
  EXPECT_EQ(refusal(R"({"id": "/a", "cmd": "x", "instances": 1.5})"), "Invalid JSON /instances");
  EXPECT_EQ(refusal(R"({"id": "/a", "cmd": "x", "labels": {"a": 1}})"), "Invalid JSON /labels/a");
  EXPECT_EQ(refusal(R"({"id": "/a", "cmd": "x", "portDefinitions": [{}, {"protocol": "sctp"}]})"),
            "Object is not valid /portDefinitions(1)/protocol");
  EXPECT_EQ(refusal(R"({"id": "/a", "cmd": "x", "healthChecks": [{"portIndex": 1}]})"),
            "Object is not valid /healthChecks(0)/portIndex");
  EXPECT_EQ(refusal(R"({"id": "/a", "cmd": "x", "ports": [70000]})"), "Object is not valid /ports");
  EXPECT_EQ(refusal(R"({"id": "/a", "cmd": "x", "networks": [{"mode": "host"},
                        {"mode": "container"}]})"),
            "Object is not valid /networks");
}

TEST(App, OverlayLetsNullBeAndOldFormsWin) {
  const auto base = read(R"({"id": "/a", "cmd": "x", "env": {"A": "b"}})");
  ASSERT_TRUE(base);
  const auto over = [&](const char* change) {
    return overlay(*base->definition, json::parse(change).as_object());
  };
  EXPECT_EQ(over(R"({"env": null})").at("env"), json::parse(R"({"A": "b"})"));
  EXPECT_FALSE(over(R"({"args": ["y"]})").contains("cmd"));
  EXPECT_FALSE(over(R"({"ports": [1]})").contains("portDefinitions"));
  EXPECT_FALSE(over(R"({"container": {"docker": {"network": "BRIDGE"}}})").contains("networks"));
  EXPECT_TRUE(over(R"({"container": {"docker": {"image": "x"}}})").contains("networks"));
}

/// Every app definition in a recorded body, however it is wrapped.
void collect_apps(const json::value& body, std::vector<json::object>& apps) {
  if (const auto* array = body.if_array()) {
    for (const json::value& element : *array) collect_apps(element, apps);
  }
  const auto* object = body.if_object();
  if (!object) return;
  for (const char* wrapper : {"app", "apps", "groups"}) {
    if (const auto* inside = object->if_contains(wrapper)) collect_apps(*inside, apps);
  }
  if (object->contains("cmd") || object->contains("args") || object->contains("container")) {
    apps.push_back(*object);
  }
}

std::string fixtures() {
  const char* shared = std::getenv("SIGNPOST_SHARED");
  return (shared ? std::string(shared) : SIGNPOST_SOURCE_DIR "/../shared") + "/fixtures";
}

/// Reading its own answer must change nothing: that is what clients do who GET, edit and PUT.
TEST(App, ReadsBackWhatItAnswersForEveryRecordedDefinition) {
  if (!fs::exists(fixtures())) GTEST_SKIP() << "no recorded definitions: set SIGNPOST_SHARED";
  std::size_t accepted = 0;
  for (const char* folder : {"/workshop", "/marathon/apps"}) {
    for (const auto& file : fs::directory_iterator(fixtures() + folder)) {
      if (file.path().extension() != ".json") continue;
      std::ostringstream text;
      text << std::ifstream(file.path()).rdbuf();
      std::vector<json::object> apps;
      collect_apps(json::parse(text.str()), apps);
      for (const json::object& input : apps) {
        SCOPED_TRACE(file.path().filename());
        const auto first = read_app(input, "/recorded", nullptr, from_10000());
        if (!first) continue;
        ++accepted;
        const auto again = read_app(*first->definition, "/recorded", nullptr, from_10000());
        ASSERT_TRUE(again) << again.error().body;
        EXPECT_EQ(*first->definition, *again->definition);
      }
    }
  }
  EXPECT_GT(accepted, 50U);
}

TEST(App, AcceptsEveryDefinitionOfTheWorkshop) {
  if (!fs::exists(fixtures())) GTEST_SKIP() << "no recorded definitions: set SIGNPOST_SHARED";
  for (const auto& file : fs::directory_iterator(fixtures() + "/workshop")) {
    if (file.path().extension() != ".json") continue;
    std::ostringstream text;
    text << std::ifstream(file.path()).rdbuf();
    const auto app = read(text.str());
    EXPECT_TRUE(app) << file.path() << ": " << app.error().body;
  }
}

}  // namespace
}  // namespace minimarathon
