#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>

#include "world.h"

// What the event bus says of a kill with and without the feature task_killing, and whether it tells
// the lab's rolling update as a real Marathon did.

namespace minimarathon {
namespace {

using Persona = World::Persona;

using Lines = std::vector<std::string>;

const Lines kKilling{"status_update_event TASK_KILLING", "instance_changed_event Killing"};
const Lines kKilled{"status_update_event TASK_KILLED", "instance_changed_event Killed"};
const Lines kLaunch{"instance_changed_event Provisioned",
                    "status_update_event TASK_STARTING",
                    "instance_changed_event Starting",
                    "status_update_event TASK_RUNNING",
                    "instance_changed_event Running"};

Lines joined(std::initializer_list<Lines> parts) {
  Lines all;
  for (const Lines& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

/// A kill as each persona tells it.
Lines kill_in(Persona persona) {
  return joined({persona == Persona::TaskKilling ? kKilling : Lines{}, kKilled});
}

class EventSequence : public testing::TestWithParam<Persona> {
 protected:
  Lines after(const std::string& method, const std::string& target, const std::string& body = "") {
    world_.passed();
    world_.deploy(method, target, body);
    return world_.passed();
  }
  Lines kill() const { return kill_in(GetParam()); }

  World world_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Personas,
                         EventSequence,
                         testing::Values(Persona::Plain, Persona::TaskKilling),
                         [](const auto& row) {
                           return row.param == Persona::Plain ? "Plain" : "TaskKilling";
                         });

TEST_P(EventSequence, OfADeletedApp) {
  world_.deploy("POST", "/v2/apps", sleeper("/a"));
  EXPECT_EQ(after("DELETE", "/v2/apps/a"),
            joined({{"group_change_success",
                     "deployment_info StopApplication",
                     "instance_changed_event Running"},  // Its goal.
                    kill(),
                    {"app_terminated_event",
                     "deployment_step_success StopApplication",
                     "deployment_success"}}));
}

TEST_P(EventSequence, OfScalingDown) {
  world_.deploy("POST", "/v2/apps", sleeper("/a", R"("instances": 2)"));
  EXPECT_EQ(after("PUT", "/v2/apps/a", R"({"instances": 1})"),
            joined({{"deployment_info ScaleApplication",
                     "group_change_success",
                     "api_post_event",
                     "instance_changed_event Running"},
                    kill(),
                    {"deployment_step_success ScaleApplication", "deployment_success"}}));
}

TEST_P(EventSequence, OfAChangedDefinition) {
  world_.deploy("POST", "/v2/apps", sleeper("/a"));
  EXPECT_EQ(after("PUT", "/v2/apps/a", R"({"env": {"A": "b"}})"),
            joined({{"deployment_info RestartApplication",
                     "group_change_success",
                     "api_post_event",
                     "instance_changed_event Scheduled"},
                    kLaunch,
                    {"instance_changed_event Running"},
                    kill(),
                    {"deployment_step_success RestartApplication", "deployment_success"}}));
}

TEST_P(EventSequence, OfAKilledTask) {
  world_.deploy("POST", "/v2/apps", sleeper("/a"));
  world_.passed();
  world_.call("DELETE", "/v2/apps/a/tasks");
  for (int incarnation = 1; incarnation <= 2; ++incarnation) {
    world_.await("instance_changed_event", [](const json::object& event) {
      return event.at("condition") == "Killed" || event.at("condition") == "Running";
    });
  }
  EXPECT_EQ(world_.passed(), joined({kill(), kLaunch}));
}

TEST_P(EventSequence, OfATaskThatDies) {
  world_.call("POST", "/v2/apps", R"({"id": "/a", "cmd": "exit 3", "backoffSeconds": 0.01})");
  world_.await_status("TASK_FAILED");
  world_.passed();
  world_.await_status("TASK_FAILED");
  EXPECT_EQ(
      world_.passed(),
      joined({{"instance_changed_event Failed"}, kLaunch, {"status_update_event TASK_FAILED"}}));
}

TEST_P(EventSequence, OfATaskThatFallsIll) {
  world_.call("POST", "/v2/apps", R"({"id": "/a",
      "cmd": "touch ok; sleep 0.3; rm ok; exec sleep 100",
      "healthChecks": [{"protocol": "COMMAND", "command": {"value": "test -e ok"},
          "intervalSeconds": 0.01, "gracePeriodSeconds": 0, "maxConsecutiveFailures": 2}]})");
  const auto healthy = [](const json::object& event) { return event.at("healthy") == true; };
  world_.await("instance_health_changed_event", healthy);
  world_.passed();
  world_.await_status("TASK_KILLED");
  Lines seen = world_.passed();
  std::erase_if(seen, [](const std::string& line) { return line.starts_with("deployment_"); });
  Lines told = kill();
  told.pop_back();  // What follows TASK_KILLED has not been awaited.
  EXPECT_EQ(seen,
            joined({{"failed_health_check_event",
                     "health_status_changed_event",
                     "instance_health_changed_event",
                     "failed_health_check_event",
                     "failed_health_check_event",
                     "unhealthy_instance_kill_event"},
                    told}));
}

/// A task that takes its time to end is listed as what Marathon takes it for.
std::string state_while_killed(Persona persona) {
  World world(persona);
  world.deploy("POST", "/v2/apps", R"({"id": "/a", "taskKillGracePeriodSeconds": 1000,
      "cmd": "trap 'while true; do sleep 1; done' TERM; touch ok; while true; do sleep 1; done",
      "healthChecks": [{"protocol": "COMMAND", "command": {"value": "test -e ok"},
                        "intervalSeconds": 0.01}]})");
  world.call("DELETE", "/v2/apps/a/tasks");
  return std::string(text(world.tasks("/a").at(0).as_object(), "state"));
}

TEST(Persona, DecidesWhatAKilledTaskIsListedAs) {
  EXPECT_EQ(state_while_killed(Persona::TaskKilling), "TASK_KILLING");
  EXPECT_EQ(state_while_killed(Persona::Plain), "TASK_RUNNING");
}

TEST(Persona, IsToldByInfo) {
  World with(Persona::TaskKilling);
  EXPECT_EQ(with.get("/v2/info").at("marathon_config").at("features"),
            json::parse(R"(["task_killing"])"));
  World without(Persona::Plain);
  EXPECT_EQ(without.get("/v2/info").at("marathon_config").at("features"), json::parse("[]"));
}

// --- the recording

std::string fixture(const std::string& name) {
  const char* shared = std::getenv("SIGNPOST_SHARED");
  const std::string root = shared ? shared : SIGNPOST_SOURCE_DIR "/../shared";
  std::ifstream file(root + "/fixtures/workshop/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<json::object> recorded_events() {
  std::vector<json::object> events;
  const std::string recording = fixture("event-bus-log-base-min-over.txt");
  for (std::size_t at = recording.find("data: {"); at != std::string::npos;
       at = recording.find("data: {", at + 1)) {
    const std::size_t end = recording.find('\n', at);
    events.push_back(json::parse(recording.substr(at + 6, end - at - 6)).as_object());
  }
  return events;
}

/// What happened, without ids and times, and without what Marathon 1.3 did not tell yet.
struct Story {
  std::vector<std::string> opening;      // Types of events before the first task moves.
  std::vector<std::string> first_moves;  // Kills and starts before anything came of one, sorted.
  std::vector<std::string> tasks;        // What became of each task, sorted.
  std::vector<std::string> ending;       // Types of events after the last task moved.
  std::size_t most = 0;                  // Tasks there were at a time.
  std::size_t alive_at_last_kill = 0;    // New tasks that were healthy then.
};

/// Staging became starting in later versions.
std::string move_of(const json::object& event) {
  if (text(event, "eventType") == "health_status_changed_event") return "alive";
  const std::string_view status = text(event, "taskStatus");
  return std::string(status == "TASK_STAGING" ? "TASK_STARTING" : status);
}

std::string task_of(const json::object& event) {
  if (event.contains("taskId")) return std::string(text(event, "taskId"));
  return std::string(text(event, "instanceId")) + "._app.1";
}

Story story_of(const std::vector<json::object>& events, std::size_t tasks_before) {
  Story story;
  std::map<std::string, std::string> moves;
  std::size_t present = tasks_before;
  std::size_t alive = 0;
  bool outcome = false;
  for (const json::object& event : events) {
    const std::string type(text(event, "eventType"));
    if (type.starts_with("instance_")) continue;
    if (type != "status_update_event" && type != "health_status_changed_event") {
      (moves.empty() ? story.opening : story.ending).push_back(type);
      continue;
    }
    const std::string move = move_of(event);
    moves[task_of(event)] += move + " ";
    const bool decision = move == "TASK_KILLING" || move == "TASK_STARTING";
    outcome = outcome || !decision;
    if (!outcome) story.first_moves.push_back(move);
    if (move == "TASK_STARTING") story.most = std::max(story.most, ++present);
    if (move == "TASK_KILLED") --present;
    if (move == "alive") ++alive;
    if (move == "TASK_KILLING") story.alive_at_last_kill = alive;
  }
  for (const auto& [task, sequence] : moves) story.tasks.push_back(sequence);
  std::sort(story.tasks.begin(), story.tasks.end());
  std::sort(story.first_moves.begin(), story.first_moves.end());
  return story;
}

/// The lab's app as a command that is healthy at once and takes a moment to end.
json::object lab_app() {
  json::object app = json::parse(fixture("zdd-base-min-over.json")).as_object();
  app.erase("container");
  app["cmd"] = "trap 'sleep 0.2; exit 0' TERM; touch ok; while true; do sleep 0.05; done";
  json::object& check = app["healthChecks"].as_array()[0].as_object();
  check["protocol"] = "COMMAND";
  check["command"] = json::object{{"value", "test -e ok"}};
  check["intervalSeconds"] = 0.01;
  return app;
}

TEST(Persona, TellsTheLabsRollingUpdateAsTheRecordingDoes) {
  const std::vector<json::object> recorded = recorded_events();
  if (recorded.empty()) GTEST_SKIP() << "no fixtures: set SIGNPOST_SHARED";
  const Story theirs = story_of(recorded, 4);
  World world(Persona::TaskKilling);
  const json::object app = lab_app();
  world.deploy("POST", "/v2/apps", json::serialize(app));
  world.passed();
  world.deploy(
      "PUT", "/v2/apps/zdd/base-min-over", R"({"env": {"SIMPLE_SERVICE_VERSION": "1.0"}})");
  const Story ours = story_of(world.passed_events(), 4);
  EXPECT_EQ(ours.opening, theirs.opening);
  EXPECT_EQ(ours.first_moves, theirs.first_moves);
  EXPECT_EQ(ours.tasks, theirs.tasks);
  EXPECT_EQ(ours.ending, theirs.ending);
  EXPECT_EQ(ours.most, theirs.most);
  EXPECT_EQ(ours.alive_at_last_kill, theirs.alive_at_last_kill);
  EXPECT_EQ(theirs.most, 5U);  // The recording says what the slide draws.
}

}  // namespace
}  // namespace minimarathon
