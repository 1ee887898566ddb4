#include "watcher/marathon/event.h"

#include <gmock/gmock.h>

#include <sstream>

#include "tests/watcher/marathon/fixtures.h"
#include "watcher/marathon/sse.h"

namespace watcher::marathon {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Event parse(const std::string& data) {
  auto event = parse_event(data, "");
  EXPECT_TRUE(event) << event.error().message << "\n" << data;
  return event ? *event : Event{};
}

std::string error_of(const std::string& data) {
  const auto event = parse_event(data, "");
  return event ? "no error" : event.error().message;
}

TEST(Event, OfAStatusUpdateHoldsTheTask) {
  const Event event = parse(R"({"eventType":"status_update_event","slaveId":"S1","taskId":"web.1",
      "taskStatus":"TASK_RUNNING","appId":"/web","host":"10.0.0.7","ports":[31000],
      "ipAddresses":[{"ipAddress":"10.0.0.7","protocol":"IPv4"}],"version":"v1"})");
  EXPECT_EQ(event.kind, EventKind::Status);
  EXPECT_EQ(event.app, "/web");
  EXPECT_EQ(event.task.id, "web.1");
  EXPECT_EQ(event.task.app, "/web");
  EXPECT_EQ(event.task.state, TaskState::Running);
  EXPECT_EQ(event.task.version, "v1");
  EXPECT_EQ(event.task.host, "10.0.0.7");
  EXPECT_EQ(event.task.agent_id, "S1");
  EXPECT_THAT(event.task.ports, ElementsAre(31000));
  EXPECT_THAT(event.task.addresses, ElementsAre(*IpAddress::parse("10.0.0.7")));
}

TEST(Event, KnowsNoHostWhereMarathonKnowsNone) {
  EXPECT_EQ(parse(R"({"eventType":"status_update_event","taskId":"t","taskStatus":"TASK_LOST",
                      "appId":"/a","host":"unknown","slaveId":""})")
                .task.host,
            "");
}

TEST(Event, TypeIsTheJsonsOwnAndElseTheStreams) {
  EXPECT_EQ(parse_event(R"({"eventType":"event_stream_attached"})", "deployment_info")->kind,
            EventKind::Attached);
  EXPECT_EQ(parse_event(R"({"remoteAddress":"::1"})", "event_stream_attached")->kind,
            EventKind::Attached);
}

TEST(Event, OfUnknownTypeConcernsNobody) {
  EXPECT_EQ(parse(R"({"eventType":"framework_message_event","message":[1,2]})").kind,
            EventKind::Other);
  EXPECT_EQ(parse(R"({"eventType":"invented_in_2030"})").kind, EventKind::Other);
  EXPECT_EQ(parse("{}").kind, EventKind::Other);
}

TEST(Event, WithoutWhatItMustHaveIsRefused) {
  EXPECT_THAT(error_of("{"), HasSubstr("no JSON"));
  EXPECT_THAT(error_of("{}{}"), HasSubstr("no JSON"));
  EXPECT_THAT(error_of(R"({"eventType":"status_update_event","appId":"/a"})"),
              HasSubstr("no task"));
  EXPECT_THAT(error_of(R"({"eventType":"status_update_event","appId":"/a","taskId":"t",
                           "taskStatus":"TASK_DREAMING"})"),
              HasSubstr("TASK_DREAMING"));
  EXPECT_THAT(error_of(R"({"eventType":"status_update_event","appId":"a","taskId":"t",
                           "taskStatus":"TASK_RUNNING"})"),
              HasSubstr("no absolute path"));
  EXPECT_THAT(error_of(R"({"eventType":"group_change_success"})"), HasSubstr("no absolute path"));
}

TEST(Event, OfADeploymentNamesItsAppsInEveryForm) {
  const auto apps = [](const std::string& steps) {
    return parse(R"({"eventType":"deployment_info","plan":{"id":"d","steps":)" + steps + "}}").apps;
  };
  EXPECT_THAT(
      apps(R"([{"actions":[{"action":"StartApplication","app":"/a"},{"action":"x","app":"/b"}]},
                       {"actions":[{"type":"ScaleApplication","app":"/a"},{"action":"x","pod":"/p"}]}])"),
      ElementsAre("/a", "/b", "/p"));
  EXPECT_THAT(apps(R"([[{"action":"StartApplication","app":"/a"}]])"), ElementsAre("/a"));
  EXPECT_THAT(apps(R"([{"action":"ScaleApplication","app":"/a"}])"), ElementsAre("/a"));
  EXPECT_THAT(apps(R"([null,3,{"actions":null}])"), IsEmpty());
}

TEST(Event, OfAPodNamesItInItsUri) {
  const auto pod = [](const std::string& type, const std::string& uri) {
    const Event event = parse(R"({"eventType":")" + type + R"(","uri":")" + uri + "\"}");
    return event.kind == EventKind::DefinitionHint ? event.app : "group " + event.app;
  };
  EXPECT_EQ(pod("pod_updated_event", "/v2/pods/shop/cart"), "/shop/cart");
  EXPECT_EQ(pod("pod_updated_event", "/v2/pods//shop/cart?force=true"), "/shop/cart");
  EXPECT_EQ(pod("pod_deleted_event", "/service/marathon/v2/pods/cart"), "/cart");
  EXPECT_EQ(pod("pod_created_event", "/v2/pods"), "group /");  // It does not say which.
}

TEST(Event, OfADeploymentsEndMayNameOnlyTheDeployment) {
  const Event event = parse(R"({"eventType":"deployment_success","id":"d"})");
  EXPECT_EQ(event.kind, EventKind::DeploymentProgress);
  EXPECT_EQ(event.deployment, "d");
  EXPECT_THAT(event.apps, IsEmpty());
}

TEST(Event, OfAPostNamesTheAppOfItsDefinition) {
  const Event event = parse(R"({"eventType":"api_post_event","uri":"/v2/apps//dev/x",
                                "appDefinition":{"id":"/dev/x"}})");
  EXPECT_EQ(event.kind, EventKind::DefinitionHint);
  EXPECT_EQ(event.app, "/dev/x");
}

TEST(Event, OfAnInstanceNamesItsApp) {
  EXPECT_EQ(
      parse(R"({"eventType":"instance_changed_event","runSpecId":"/a","condition":"Killed"})").app,
      "/a");
  EXPECT_EQ(parse(R"({"eventType":"instance_health_changed_event","runSpecId":"/a"})").kind,
            EventKind::HealthHint);
}

// ---- Recorded events

/// One per line, or one whole body.
std::vector<std::string> recorded_bodies() {
  std::vector<std::string> bodies;
  for (const std::string& file : list_fixtures("marathon/events", ".ndjson")) {
    std::istringstream lines(read_fixture(file));
    for (std::string line; std::getline(lines, line);) bodies.push_back(line);
  }
  return bodies;
}

TEST(RecordedEvents, AllOfTheDocumentationAreRead) {
  const auto bodies = recorded_bodies();
  SKIP_WITHOUT_FIXTURES(bodies);
  for (const std::string& body : bodies) parse(body);
}

TEST(RecordedEvents, WithPortsThatAreNoListIsRefusedAlone) {
  const std::string body = read_fixture("marathon/events/allegro-status-ports-not-a-list.json");
  SKIP_WITHOUT_FIXTURES(body);
  EXPECT_THAT(error_of(body), HasSubstr("ports is no list"));
}

TEST(RecordedEvents, OfStreamsAreReadDespiteLostNames) {
  const std::string bytes = read_fixture("marathon/sse/async-worker-blank-lines.sse");
  SKIP_WITHOUT_FIXTURES(bytes);
  std::vector<EventKind> kinds;
  SseParser(1 << 20).feed(bytes, [&](const SseRecord& record) {
    kinds.push_back(parse_event(record.data, record.event)->kind);
  });
  EXPECT_THAT(kinds,
              ElementsAre(EventKind::GroupChanged,
                          EventKind::DefinitionHint,
                          EventKind::Status,
                          EventKind::TaskHint));
}

TEST(RecordedEvents, CutByABrokenServerAreRefusedOneByOne) {
  const std::string bytes = read_fixture("marathon/sse/contrail-pod-events.sse");
  SKIP_WITHOUT_FIXTURES(bytes);
  int refused = 0;
  SseParser(1 << 20).feed(bytes, [&](const SseRecord& record) {
    refused += parse_event(record.data, record.event) ? 0 : 1;
  });
  EXPECT_EQ(refused, 2);  // The third has no blank line after it.
}

TEST(EventTypes, AreWhatTheStreamAsksFor) {
  EXPECT_THAT(event_types(), testing::Contains("event_stream_attached"));
  EXPECT_THAT(event_types(), testing::Contains("status_update_event"));
}

}  // namespace
}  // namespace watcher::marathon
