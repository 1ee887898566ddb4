#include "minimarathon/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "minimarathon/environment.h"

namespace minimarathon {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Pair;

/// An instance of `app` that was placed on 127.0.0.2 with host ports from 31000 on.
Instance placed(App app) {
  Instance instance;
  instance.address = instance.host = common::IpAddress::v4(0x7f000002);
  for (std::size_t i = 0; i < app.ports.size(); ++i) {
    instance.bound_ports.push_back(static_cast<std::uint16_t>(31000 + i));
  }
  instance.host_ports = instance.bound_ports;
  instance.task_id = "web.instance-1._app.1";
  instance.app = std::make_shared<const App>(std::move(app));
  return instance;
}

App app_with_image(const std::string& image) {
  App app;
  app.id = "/web";
  app.image = image;
  app.ports = {{.protocol = "tcp", .container_port = 80}, {.protocol = "udp,tcp"}};
  return app;
}

class Command : public testing::Test {
 protected:
  CommandTable table_{"/bin/signpost", {{"redis", "redis"}, {"redis:7", "redis-seven"}}};
};

TEST_F(Command, KnowsTheBuiltInImages) {
  EXPECT_THAT(table_.command_for(placed(app_with_image("nginx:1.9.14"))),
              ElementsAre("/bin/signpost", "serve", "nginx"));
  EXPECT_THAT(table_.command_for(placed(app_with_image("mhausenblas/simpleservice:0.4.0"))),
              ElementsAre("/bin/signpost", "serve", "simpleservice"));
}

TEST_F(Command, TheLongestPrefixOfAnImageWins) {
  EXPECT_THAT(table_.command_for(placed(app_with_image("redis:7.2"))),
              ElementsAre("/bin/sh", "-c", "redis-seven"));
  EXPECT_THAT(table_.command_for(placed(app_with_image("redis:6"))),
              ElementsAre("/bin/sh", "-c", "redis"));
}

TEST_F(Command, PlaysUnknownImages) {
  EXPECT_THAT(
      table_.command_for(placed(app_with_image("nginx-exporter"))),
      ElementsAre("/bin/signpost", "serve", "stand-in", "31000/tcp", "31001/udp", "31001/tcp"));
}

TEST_F(Command, GivesACommandTheContainerPortsItExpects) {
  App app = app_with_image("python:3");
  app.network = NetworkMode::Bridge;
  app.cmd = "python3 -m http.server 80";
  EXPECT_THAT(table_.command_for(placed(app)),
              ElementsAre("/bin/signpost",
                          "serve",
                          "bridge",
                          "127.0.0.2:31000:80/tcp",
                          "127.0.0.2:31001:31001/udp",
                          "127.0.0.2:31001:31001/tcp",
                          "--",
                          "/bin/sh",
                          "-c",
                          "python3 -m http.server 80"));
}

TEST_F(Command, RunsArgsAndCommandsOfTheHostNetworkAsTheyAre) {
  App app;
  app.args = {"sleep", "100"};
  EXPECT_THAT(table_.command_for(placed(app)), ElementsAre("sleep", "100"));
  app = {};
  app.cmd = "sleep 100";
  EXPECT_THAT(table_.command_for(placed(app)), ElementsAre("/bin/sh", "-c", "sleep 100"));
}

TEST(Environment, TellsATaskWhatMarathonTells) {
  App app = app_with_image("nginx");
  app.version = "2016-10-13T13:31:39.055Z";
  app.ports[0].name = "main-api";
  app.labels = {{"owner.team", "zeus"}};
  app.env = {{"GREETING", "hi"}, {"PORT1", "mine"}};
  const auto env = environment_of(placed(app), "/sandbox");
  for (const auto& [name, value] :
       std::map<std::string, std::string>{{"HOST", "127.0.0.2"},
                                          {"PORT", "31000"},
                                          {"PORT0", "31000"},
                                          {"PORT_80", "31000"},
                                          {"PORT_MAIN_API", "31000"},
                                          {"PORTS", "31000,31001"},
                                          {"PORT1", "mine"},
                                          {"GREETING", "hi"},
                                          {"MESOS_TASK_ID", "web.instance-1._app.1"},
                                          {"MESOS_SANDBOX", "/sandbox"},
                                          {"MARATHON_APP_ID", "/web"},
                                          {"MARATHON_APP_VERSION", "2016-10-13T13:31:39.055Z"},
                                          {"MARATHON_APP_DOCKER_IMAGE", "nginx"},
                                          {"MARATHON_APP_RESOURCE_CPUS", "1"},
                                          {"MARATHON_APP_LABELS", "OWNER_TEAM"},
                                          {"MARATHON_APP_LABEL_OWNER_TEAM", "zeus"}}) {
    EXPECT_THAT(env, Contains(Pair(name, value)));
  }
}

}  // namespace
}  // namespace minimarathon
