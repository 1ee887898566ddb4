#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/check_text.h"
#include "watcher/marathon/parse.h"

namespace watcher::marathon {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> checks_in(const common::Expected<DefinitionPtr>& definition) {
  std::vector<std::string> texts;
  if (!definition) ADD_FAILURE() << definition.error().message;
  if (!definition) return texts;
  for (const PortSpec& port : (*definition)->ports) {
    texts.push_back(config::Type<config::Check>::print(port.check));
  }
  return texts;
}

/// Of an app with two ports on the host and one that the container has.
std::vector<std::string> checks(const std::string& list) {
  return checks_in(parse_version(
      R"({"id": "/web", "networks": [{"mode": "container/bridge"}], "container": {"portMappings": [
          {"containerPort": 80}, {"containerPort": 81, "servicePort": 10001},
          {"containerPort": 53, "protocol": "udp"}]}, "healthChecks": )" +
      list + "}"));
}

TEST(MarathonChecks, AreTakenFromTheDefinition) {
  EXPECT_THAT(checks(R"([{"protocol": "HTTP", "path": "/ping", "portIndex": 1,
                          "intervalSeconds": 60, "timeoutSeconds": 20}])"),
              ElementsAre("", "http /ping interval=1m timeout=20s", ""));
  EXPECT_THAT(checks(R"([{"protocol": "MESOS_HTTPS", "port": 80}])"),
              ElementsAre("https /", "", ""));
  EXPECT_THAT(checks(R"([{"protocol": "TCP", "intervalSeconds": 60}, {"path": "/late"}])"),
              ElementsAre("tcp", "", ""));
  EXPECT_THAT(checks(R"([{"path": "ping", "port": 10001}])"), ElementsAre("", "http /ping", ""));
}

TEST(MarathonChecks, LeaveOutWhatCannotBeDoneFromHere) {
  EXPECT_THAT(checks(R"([{"protocol": "COMMAND", "command": {"value": "true"}}])"),
              ElementsAre("", "", ""));
  EXPECT_THAT(checks(R"([{"protocol": "HTTP", "portIndex": 2}, {"protocol": "HTTP", "portIndex": 9},
                         {"protocol": "HTTP", "portIndex": -1}, {"protocol": 7, "port": 5}])"),
              ElementsAre("", "", ""));
  EXPECT_THAT(checks(R"([{"protocol": "HTTP", "intervalSeconds": -1, "timeoutSeconds": 1e300}])"),
              ElementsAre("http /", "", ""));
}

TEST(MarathonChecks, OfPodsNameAnEndpoint) {
  EXPECT_THAT(checks_in(parse_pod_version(R"({"id": "/pod", "containers": [
                {"name": "web", "endpoints": [{"name": "a", "hostPort": 0}, {"name": "b", "hostPort": 0}],
                 "healthCheck": {"http": {"endpoint": "b", "path": "/ping", "scheme": "HTTPS"},
                                 "intervalSeconds": 30}},
                {"name": "db", "endpoints": [{"name": "b", "hostPort": 0}],
                 "healthCheck": {"tcp": {"endpoint": "b"}}}]})")),
              ElementsAre("", "https /ping interval=30s", "tcp"));
}

}  // namespace
}  // namespace watcher::marathon
