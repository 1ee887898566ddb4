#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>

#include "world.h"

// The smaller resources.

namespace minimarathon {
namespace {

using testing::MatchesRegex;

TEST(Api, AnswersPings) {
  World world;
  EXPECT_EQ(world.call("GET", "/ping").body, "pong");
  EXPECT_EQ(world.call("GET", "/ping", "", {{"Accept", "application/json"}}).body, "\"pong\"");
}

TEST(Api, SaysWhatItIsAndWhoLeads) {
  World world;
  const std::string here = "127.0.0.1:" + std::to_string(world.port());
  EXPECT_EQ(world.get("/v2/leader").at("leader"), json_text(here));
  const json::value info = world.get("/v2/info");
  EXPECT_EQ(info.at("name"), "marathon");
  EXPECT_EQ(info.at("elected"), true);
  EXPECT_EQ(info.at("leader"), json_text(here));
  EXPECT_EQ(info.at("marathon_config").at("features").at(0), "task_killing");
}

TEST(Api, ListsTasksWithTheirServicePorts) {
  World world;
  world.deploy("POST", "/v2/apps", sleeper("/shop/cart", R"("ports": [0, 0])"));
  const json::value task = world.get("/v2/tasks").at("tasks").at(0);
  EXPECT_EQ(task.at("servicePorts"), json::parse("[10000, 10001]"));
  EXPECT_EQ(world.get("/v2/tasks?status=staging").at("tasks").as_array().size(), 0U);
  EXPECT_EQ(world.get("/v2/tasks?status%5B%5D=running").at("tasks").as_array().size(), 1U);
  EXPECT_EQ(world.get("/v2/tasks?status=nonsense").at("tasks").as_array().size(), 1U);
}

TEST(Api, ListsTasksAsText) {
  World world;
  world.deploy("POST", "/v2/apps", sleeper("/shop/cart", R"("ports": [0])"));
  world.deploy("POST", "/v2/apps", sleeper("/bare", R"("portDefinitions": [])"));
  const http::Response text = world.call("GET", "/v2/tasks", "", {{"Accept", "text/plain"}});
  EXPECT_EQ(http::find_header(text.headers, "Content-Type"), "text/plain");
  EXPECT_THAT(text.body,
              MatchesRegex("bare\t \t127\\.0\\.0\\.[0-9]\t\n"
                           "shop_cart\t10000\t127\\.0\\.0\\.[0-9]:31[0-9]{3}\t\n"));
}

TEST(Api, NamesTheOptionWhenItsAddressIsTaken) {
  config::EmbeddedMarathon options{};
  options.listen = http::kAnyPort;
  options.agents = {common::IpAddress::v4(0x7f000002)};
  const auto first = MiniMarathon::start(options);
  ASSERT_TRUE(first);
  options.listen.port = (*first)->port();
  const auto second = MiniMarathon::start(options);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, testing::HasSubstr("minimarathon.listen"));
}

TEST(Api, TakesItsTasksAlongWhenItEnds) {
  int pid = 0;
  {
    World world;
    world.deploy("POST",
                 "/v2/apps",
                 R"({"id": "/a", "cmd": "echo $$ > $PIDFILE; exec sleep 100",
                     "env": {"PIDFILE": ")" +
                     testing::TempDir() + R"(signpost-pid"},
                     "healthChecks": [{"protocol": "COMMAND", "intervalSeconds": 0.01,
                                       "command": {"value": "test -s $PIDFILE"}}]})");
    std::ifstream(testing::TempDir() + "signpost-pid") >> pid;
  }
  ASSERT_GT(pid, 0);
  EXPECT_EQ(::kill(pid, 0), -1);
}

}  // namespace
}  // namespace minimarathon
