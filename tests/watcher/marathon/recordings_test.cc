// Every recorded Marathon body, each with what has to come out of it. A file that is not told of
// here fails the test, so that none is added without a decision.

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <map>
#include <sstream>

#include "tests/watcher/marathon/fixtures.h"
#include "watcher/marathon/event.h"
#include "watcher/marathon/parse.h"
#include "watcher/marathon/sse.h"

namespace watcher::marathon {
namespace {

// ---- Readers: a body to a line that says what was in it.

std::string tell(const common::Expected<AppsAnswer>& answer) {
  if (!answer) return "refused";
  std::size_t tasks = 0;
  for (const AppFacts& app : answer->apps) tasks += app.tasks.size();
  return fmt::format(
      "{} with {} tasks, {} rejected", answer->apps.size(), tasks, answer->rejected.size());
}
std::string tell(const common::Expected<DefinitionPtr>& definition) {
  if (!definition) return "refused";
  const Definition& found = **definition;
  std::string ports;
  for (const PortSpec& port : found.ports) {
    if (!ports.empty()) ports += ' ';
    ports += port.on_agent ? "agent" : fmt::format("task:{}", port.number);
  }
  return fmt::format("ports [{}]{}", ports, found.health_checks ? " checked" : "");
}

std::string apps(const std::string& body) { return tell(parse_apps(body)); }
std::string app(const std::string& body) { return tell(parse_app(body)); }
std::string definition(const std::string& body) { return tell(parse_version(body)); }
std::string pods(const std::string& body) { return tell(parse_pods(body)); }
std::string pod(const std::string& body) { return tell(parse_pod(body)); }
std::string pod_definition(const std::string& body) { return tell(parse_pod_version(body)); }

std::string group(const std::string& body) {
  const auto found = parse_group(body);
  return found ? fmt::format("{} apps", found->size()) : "refused";
}
std::string leader(const std::string& body) { return parse_leader(body).value_or("refused"); }

/// Lists of tasks come to us as members of an app.
std::string tasks(const std::string& body) {
  const std::string members = body.substr(body.find('{') + 1, body.rfind('}') - body.find('{') - 1);
  return apps(R"({"apps":[{"id":"/host",)" + members + "}]}");
}
std::string task(const std::string& body) {
  const std::size_t start = body.find('{', body.find('{') + 1);
  return apps(R"({"apps":[{"id":"/host","tasks":[)" + body.substr(start, body.rfind('}') - start) +
              "]}]}");
}

/// The apps of the first deployment, as an event would name them.
std::string deployment(const std::string& body) {
  const boost::json::value plans = boost::json::parse(body);
  const boost::json::value& plan = plans.is_array() ? plans.as_array().at(0) : plans;
  const boost::json::object event{{"eventType", "deployment_info"}, {"plan", plan}};
  const auto read = parse_event(boost::json::serialize(event), "");
  if (!read) return "refused";
  std::string text;
  for (const std::string& id : read->apps) text += (text.empty() ? "" : " ") + id;
  return text;
}

std::string events(const std::string& body) {
  int read = 0;
  int refused = 0;
  std::istringstream lines(body);
  for (std::string line; std::getline(lines, line);) {
    const auto event = parse_event(line, "");
    read += event && event->kind != EventKind::Other ? 1 : 0;
    refused += event ? 0 : 1;
  }
  return fmt::format("{} of use, {} refused", read, refused);
}
std::string event(const std::string& body) { return parse_event(body, "") ? "read" : "refused"; }

std::string stream(const std::string& body) {
  int read = 0;
  int refused = 0;
  SseParser(1 << 20).feed(body, [&](const SseRecord& record) {
    ++(parse_event(record.data, record.event) ? read : refused);
  });
  return fmt::format("{} read, {} refused", read, refused);
}

// ---- The recordings

struct Expected {
  std::string (*read)(const std::string& body);
  std::string outcome;
};

const std::map<std::string, Expected>& recordings() {
  static const std::map<std::string, Expected> kRecordings{
      {"dcos/marathon/apps/1-nginx-marathon1.5.json", {definition, "ports [agent] checked"}},
      {"dcos/marathon/apps/1-nginx.json", {definition, "ports [agent] checked"}},
      {"dcos/marathon/apps/ci-1.9-docker_bridge.json", {definition, "ports [agent]"}},
      {"dcos/marathon/apps/ci-1.9-docker_host.json", {definition, "ports [agent]"}},
      {"dcos/marathon/apps/ci-1.9-docker_ippc.json", {definition, "ports [agent]"}},
      {"dcos/marathon/apps/ci-1.9-ucr_host.json", {definition, "ports [agent]"}},
      {"dcos/marathon/apps/ci-docker_bridge.json", {definition, "ports [agent]"}},
      {"dcos/marathon/apps/ci-docker_host.json", {definition, "ports [agent]"}},
      {"dcos/marathon/apps/ci-docker_ippc.json", {definition, "ports [task:80]"}},
      {"dcos/marathon/apps/ci-ucr_bridge.json", {definition, "ports [agent]"}},
      {"dcos/marathon/apps/ci-ucr_host.json", {definition, "ports [agent]"}},
      {"dcos/marathon/apps/ci-ucr_ippc.json", {definition, "ports []"}},
      {"dcos/marathon/apps/zdd_app_blue.json", {apps, "1 with 3 tasks, 0 rejected"}},
      {"dcos/marathon/apps/zdd_app_blue_marathon1.5.json", {apps, "1 with 3 tasks, 0 rejected"}},
      {"dcos/marathon/marathon15_apps.json", {apps, "1 with 1 tasks, 0 rejected"}},
      {"dcos/marathon/zdd_apps.json", {apps, "2 with 4 tasks, 0 rejected"}},
      {"marathon/apps/allegro-app.json", {app, "1 with 2 tasks, 0 rejected"}},
      {"marathon/apps/allegro-apps.json", {apps, "1 with 2 tasks, 0 rejected"}},
      {"marathon/apps/allegro-not-marathon.json", {app, "refused"}},
      {"marathon/apps/docs-app-check-http-example.json", {definition, "ports [agent]"}},
      {"marathon/apps/docs-app.json", {definition, "ports [agent] checked"}},
      {"marathon/apps/docs-app_list.json", {apps, "1 with 0 tasks, 0 rejected"}},
      {"marathon/apps/docs-app_patch.json", {definition, "ports []"}},
      {"marathon/apps/docs-apps_create.json", {apps, "refused"}},
      {"marathon/apps/docs-apps_patch.json", {apps, "refused"}},
      {"marathon/apps/docs-group.json", {group, "3 apps"}},
      {"marathon/apps/gomarathon-1.5-output.json", {definition, "ports [agent agent] checked"}},
      {"marathon/apps/gomarathon-app-broken.json", {app, "1 with 2 tasks, 0 rejected"}},
      {"marathon/apps/gomarathon-app-with-tasks.json", {app, "1 with 2 tasks, 0 rejected"}},
      {"marathon/apps/gomarathon-apps.json", {apps, "2 with 0 tasks, 0 rejected"}},
      {"marathon/apps/gomarathon-env-secrets.json", {app, "1 with 0 tasks, 0 rejected"}},
      {"marathon/apps/gomarathon-group-nested.json", {group, "3 apps"}},
      {"marathon/apps/gomarathon-no-health-results.json", {app, "1 with 2 tasks, 0 rejected"}},
      {"marathon/apps/gomarathon-output.json", {definition, "ports [agent agent] checked"}},
      {"marathon/apps/gomarathon-readiness.json", {apps, "1 with 0 tasks, 0 rejected"}},
      {"marathon/apps/gomarathon-taskstats.json", {apps, "0 with 0 tasks, 1 rejected"}},
      {"marathon/apps/gomarathon-unreachable-disabled.json", {app, "1 with 0 tasks, 0 rejected"}},
      {"marathon/apps/gomarathon-unreachable-object.json", {app, "1 with 0 tasks, 0 rejected"}},
      {"marathon/apps/marathon-system-ipv6-healthcheck.json",
       {definition, "ports [agent] checked"}},
      {"marathon/apps/marathon-system-persistent-volume-app.json", {definition, "ports [agent]"}},
      {"marathon/apps/marathon-system-pinger-bridge-app.json", {definition, "ports [agent]"}},
      {"marathon/apps/marathon-system-pinger-container-app.json",
       {definition, "ports [task:7777]"}},
      {"marathon/apps/marathon-system-readiness-and-health-app.json",
       {definition, "ports [agent] checked"}},
      {"marathon/apps/marathon-system-resident-docker-app.json", {definition, "ports [] checked"}},
      {"marathon/apps/mlb-1-nginx-marathon1.5.json", {definition, "ports [agent] checked"}},
      {"marathon/apps/mlb-1-nginx.json", {definition, "ports [agent] checked"}},
      {"marathon/apps/mlb-ci-docker_bridge.json", {definition, "ports [agent]"}},
      {"marathon/apps/mlb-ci-docker_host.json", {definition, "ports [agent]"}},
      {"marathon/apps/mlb-ci-docker_ippc.json", {definition, "ports [task:80]"}},
      {"marathon/apps/mlb-ci-ucr_bridge.json", {definition, "ports [agent]"}},
      {"marathon/apps/mlb-ci-ucr_host.json", {definition, "ports [agent]"}},
      {"marathon/apps/mlb-ci-ucr_ippc.json", {definition, "ports []"}},
      {"marathon/apps/mlb-ci19-docker_bridge.json", {definition, "ports [agent]"}},
      {"marathon/apps/mlb-ci19-docker_host.json", {definition, "ports [agent]"}},
      {"marathon/apps/mlb-ci19-docker_ippc.json", {definition, "ports [agent]"}},
      {"marathon/apps/mlb-ci19-ucr_host.json", {definition, "ports [agent]"}},
      {"marathon/apps/mlb-marathon15_apps.json", {apps, "1 with 1 tasks, 0 rejected"}},
      {"marathon/apps/mlb-zdd_app_blue.json", {apps, "1 with 3 tasks, 0 rejected"}},
      {"marathon/apps/mlb-zdd_app_blue_marathon1.5.json", {apps, "1 with 3 tasks, 0 rejected"}},
      {"marathon/apps/mlb-zdd_apps.json", {apps, "2 with 4 tasks, 0 rejected"}},
      {"marathon/deployments/docs-deployment_steps.json", {apps, "refused"}},
      {"marathon/deployments/docs-deployments.json", {deployment, "/bla /foo"}},
      {"marathon/deployments/docs-deployments_result.json", {apps, "refused"}},
      {"marathon/deployments/gomarathon-1.1.1.json", {deployment, "/test-app-v1"}},
      {"marathon/deployments/gomarathon-delete.json", {apps, "refused"}},
      {"marathon/deployments/gomarathon-pre-1.0.json", {deployment, "/test"}},
      {"marathon/deployments/marathonpy-post_1_0.json", {deployment, "/test-trivial-app"}},
      {"marathon/deployments/marathonpy-pre_1_0.json", {deployment, "/test"}},
      {"marathon/events/allegro-status-ports-not-a-list.json", {event, "refused"}},
      {"marathon/events/docs-0.8.ndjson", {events, "10 of use, 0 refused"}},
      {"marathon/events/docs-1.11.ndjson", {events, "20 of use, 0 refused"}},
      {"marathon/events/docs-1.4.ndjson", {events, "11 of use, 0 refused"}},
      {"marathon/misc/docs-info.json", {apps, "refused"}},
      {"marathon/misc/docs-queue.json", {apps, "refused"}},
      {"marathon/misc/gomarathon-info.json", {apps, "refused"}},
      {"marathon/misc/gomarathon-leader.json", {leader, "127.0.0.1:8080"}},
      {"marathon/misc/gomarathon-queue.json", {apps, "refused"}},
      {"marathon/pods/docs-pod.json", {pod_definition, "ports [agent] checked"}},
      {"marathon/pods/gomarathon-all-status.json", {pods, "1 with 1 tasks, 0 rejected"}},
      {"marathon/pods/gomarathon-status-degraded.json", {pod, "1 with 1 tasks, 0 rejected"}},
      {"marathon/pods/gomarathon-status-stable.json", {pod, "1 with 1 tasks, 0 rejected"}},
      {"marathon/pods/marathon-system-container-bridge-pod.json",
       {pod_definition, "ports [agent]"}},
      {"marathon/pods/marathon-system-container-net-pod.json", {pod_definition, "ports [task:80]"}},
      {"marathon/pods/marathon-system-ports-pod.json",
       {pod_definition, "ports [agent agent] checked"}},
      {"marathon/pods/marathon-system-simple-pod.json", {pod_definition, "ports []"}},
      {"marathon/pods/marathon-system-test-pod.json",
       {pod_definition, "ports [agent agent] checked"}},
      {"marathon/sse/async-worker-blank-lines.sse", {stream, "4 read, 0 refused"}},
      {"marathon/sse/async-worker-single-event-crlf.sse", {stream, "1 read, 0 refused"}},
      {"marathon/sse/contrail-pod-events.sse", {stream, "0 read, 2 refused"}},
      {"marathon/sse/marathon-docs-events.sse", {stream, "3 read, 0 refused"}},
      {"marathon/tasks/allegro-tasks.json", {tasks, "1 with 2 tasks, 0 rejected"}},
      {"marathon/tasks/docs-app_task.json", {task, "1 with 1 tasks, 0 rejected"}},
      {"marathon/tasks/docs-app_tasks.json", {tasks, "1 with 1 tasks, 0 rejected"}},
      {"marathon/tasks/docs-tasks.json", {tasks, "1 with 2 tasks, 0 rejected"}},
      {"marathon/tasks/gomarathon-tasks-staging-empty.json", {tasks, "1 with 0 tasks, 0 rejected"}},
      {"marathon/tasks/gomarathon-tasks.json", {tasks, "1 with 2 tasks, 0 rejected"}},
      {"marathon/tasks/marathonpy-tasks.json", {tasks, "1 with 2 tasks, 0 rejected"}}};
  return kRecordings;
}

TEST(Recordings, AreEachReadAsTheyShouldBe) {
  SKIP_WITHOUT_FIXTURES(list_fixtures("marathon/apps", ".json"));
  for (const auto& [file, expected] : recordings()) {
    const std::string body = read_fixture(file);
    EXPECT_NE(body, "") << file;
    EXPECT_EQ(expected.read(body), expected.outcome) << file;
  }
}

TEST(Recordings, AreAllToldOf) {
  for (const char* folder : {"marathon/apps",
                             "marathon/deployments",
                             "marathon/events",
                             "marathon/misc",
                             "marathon/pods",
                             "marathon/sse",
                             "marathon/tasks",
                             "dcos/marathon",
                             "dcos/marathon/apps"}) {
    for (const char* end : {".json", ".ndjson", ".sse"}) {
      for (const std::string& file : list_fixtures(folder, end)) {
        EXPECT_TRUE(recordings().contains(file)) << file;
      }
    }
  }
}

}  // namespace
}  // namespace watcher::marathon
