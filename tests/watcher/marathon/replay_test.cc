// Replays what a real Marathon 1.3 put on its bus while it upgraded an app of four instances.

#include <gmock/gmock.h>

#include "tests/watcher/marathon/bodies.h"
#include "tests/watcher/marathon/fixtures.h"
#include "tests/watcher/marathon/world.h"
#include "watcher/catalog/catalog.h"

namespace watcher::marathon {
namespace {

using testing::SizeIs;

constexpr const char* kRecording = "workshop/event-bus-log-base-min-over.txt";
constexpr const char* kApp = "/zdd/base-min-over";

/// The value of a text member, wherever it stands first.
std::string member(const std::string& json, const std::string& name) {
  const std::string key = "\"" + name + "\":\"";
  const std::size_t start = json.find(key);
  if (start == std::string::npos) return "";
  return json.substr(start + key.size(), json.find('"', start + key.size()) - start - key.size());
}

/// The object that begins with this text, up to its closing brace.
std::string object_from(const std::string& json, const std::string& begin) {
  const std::size_t start = json.find(begin);
  int depth = 0;
  for (std::size_t i = start; i < json.size(); ++i) {
    if (json[i] == '{') ++depth;
    if (json[i] == '}' && --depth == 0) return json.substr(start, i + 1 - start);
  }
  return "";
}

/// A server that knows what the recording has told so far.
class RecordedMarathon {
 public:
  explicit RecordedMarathon(const std::vector<std::string>& events) {
    const std::string app = std::string("{\"id\":\"") + kApp + "\"";
    old_ = object_from(events.front(), app);  // Of the plan's original group.
    for (const std::string& event : events) {
      if (member(event, "eventType") == "api_post_event") new_ = object_from(event, app);
      const std::string state = member(event, "taskStatus");
      // Whoever is killed without having started here was running before.
      if (state == "TASK_KILLING") take(event, "TASK_RUNNING", true);
    }
    current_ = old_;
  }

  void apply(const std::string& event) {
    const std::string type = member(event, "eventType");
    if (type == "group_change_success") current_ = new_;
    if (type == "status_update_event") take(event, member(event, "taskStatus"), false);
    if (type == "health_status_changed_event") tasks_[member(event, "taskId")].alive = true;
    if (member(event, "taskStatus") == "TASK_KILLED") tasks_.erase(member(event, "taskId"));
  }

  std::string app() const {
    std::string tasks;
    for (const auto& [id, task] : tasks_) {
      if (!tasks.empty()) tasks += ',';
      tasks += task.body.substr(0, task.body.size() - 1) + ",\"healthCheckResults\":[" +
               (task.alive ? "{\"alive\":true}" : "") + "]}";
    }
    return current_.substr(0, current_.size() - 1) + ",\"tasks\":[" + tasks + "]}";
  }
  std::string version(const std::string& version) const {
    return member(new_, "version") == version ? new_ : old_;
  }

  /// "killing", "running unknown" ... of each task it has.
  std::map<std::string, std::string> states() const {
    std::map<std::string, std::string> states;
    for (const auto& [id, task] : tasks_) {
      const std::string state(to_string(*parse_name(task.state)));
      states[id] = state + (task.alive ? " passing" : " unknown");
    }
    return states;
  }

 private:
  struct RecordedTask {
    std::string body;
    std::string state;
    bool alive = false;
  };

  static std::optional<TaskState> parse_name(const std::string& name) {
    if (name == "TASK_STAGING") return TaskState::Starting;
    if (name == "TASK_RUNNING") return TaskState::Running;
    if (name == "TASK_KILLING") return TaskState::Killing;
    return std::nullopt;
  }

  /// A status event holds every member of a listed task, some under other names.
  void take(const std::string& event, const std::string& state, bool alive) {
    RecordedTask& task = tasks_[member(event, "taskId")];
    task.state = state;
    task.alive = task.alive || alive;
    task.body = "{\"id\":\"" + member(event, "taskId") + "\",\"state\":\"" + state + "\"," +
                event.substr(1);
  }

  std::string old_;
  std::string new_;
  std::string current_;
  std::map<std::string, RecordedTask> tasks_;
};

class Replay : public testing::Test {
 protected:
  void SetUp() override {
    const std::string recording = read_fixture(kRecording);
    SKIP_WITHOUT_FIXTURES(recording);
    SseParser(1 << 20).feed(recording,
                            [this](const SseRecord& record) { events_.emplace_back(record.data); });
    marathon_ = std::make_unique<RecordedMarathon>(events_);
    Catalog::Options options;
    options.sources = {"marathon"};
    options.vips.pool = *common::Ipv4Prefix::parse("11.0.0.0/8");
    catalog_ = std::make_unique<Catalog>(options);
    world_.sink = [this](const Batch& batch) { catalog_->apply(batch.updates); };
    world_.sync(marathon_->app());
    answer_all();
  }

  void answer_all() {
    bool answered = true;
    while (answered) {
      answered =
          world_.answer(std::string("/v2/apps") + kApp, "{\"app\":" + marathon_->app() + "}");
      for (const std::string& path : world_.asked()) {
        const std::size_t version = path.find("/versions/");
        if (version == std::string::npos) continue;
        answered = world_.answer(path, marathon_->version(path.substr(version + 10)));
      }
    }
  }

  std::map<std::string, std::string> catalog_states() const {
    std::map<std::string, std::string> states;
    catalog_->snapshot().tasks.for_each([&](const TaskKey& key, const TaskPtr& task) {
      states[key.id] =
          std::string(to_string(task->state)) + " " + std::string(to_string(task->health));
    });
    return states;
  }
  std::size_t passing() const {
    std::size_t count = 0;
    catalog_->snapshot().tasks.for_each(
        [&](const TaskKey&, const TaskPtr& task) { count += is_passing(*task) ? 1 : 0; });
    return count;
  }

  World world_;
  std::vector<std::string> events_;
  std::unique_ptr<RecordedMarathon> marathon_;
  std::unique_ptr<Catalog> catalog_;
};

TEST_F(Replay, StartsWithTheOldVersion) {
  ASSERT_THAT(catalog_states(), SizeIs(4));
  EXPECT_EQ(passing(), 4u);
  EXPECT_TRUE(catalog_->snapshot().synced);
}

TEST_F(Replay, GivesTheRightCatalogAfterEachEvent) {
  for (const std::string& event : events_) {
    marathon_->apply(event);
    world_.event(event);
    world_.advance(100ms);
    answer_all();
    world_.heartbeat();
    ASSERT_EQ(catalog_states(), marathon_->states()) << event;
  }
  EXPECT_EQ(passing(), 4u);
  EXPECT_THAT(catalog_states(), SizeIs(4));
  EXPECT_EQ(world_.follower.status().rejected, 0u);
  EXPECT_EQ(world_.follower.status().events, events_.size() + 1);  // And event_stream_attached.
}

TEST_F(Replay, ActsOnKillsAndEndsBeforeAskingAnything) {
  for (const std::string& event : events_) {
    marathon_->apply(event);
    world_.event(event);
    const std::string id = member(event, "taskId");
    const std::string status = member(event, "taskStatus");
    if (status == "TASK_KILLING") {
      EXPECT_EQ(catalog_states()[id], "killing passing");
    }
    if (status == "TASK_KILLED") {
      EXPECT_FALSE(catalog_states().contains(id));
    }
    world_.advance(100ms);
    answer_all();
  }
}

TEST_F(Replay, KeepsServingWhileTheAppIsUpgraded) {
  std::size_t least = 4;
  for (const std::string& event : events_) {
    marathon_->apply(event);
    world_.event(event);
    world_.advance(100ms);
    answer_all();
    least = std::min(least, passing());
  }
  EXPECT_EQ(least, 1u);  // minimumHealthCapacity 0.25 of four instances.
}

TEST_F(Replay, KeepsTheAddressesAndPortsOfTheRecording) {
  for (const std::string& event : events_) {
    marathon_->apply(event);
    world_.event(event);
    world_.advance(100ms);
    answer_all();
  }
  const TaskPtr* task = catalog_->snapshot().tasks.find(
      TaskKey{"marathon", "zdd_base-min-over.5ed13e24-9149-11e6-aae4-3a4b79075094"});
  ASSERT_NE(task, nullptr);
  EXPECT_EQ((*task)->name, "base-min-over.zdd");
  EXPECT_EQ((*task)->agent_id, "145f052d-8bcb-457f-b1e6-b1b4e2cdf787-S1");
  ASSERT_THAT((*task)->ports, SizeIs(1));
  EXPECT_EQ(endpoints_of(**task, (*task)->ports.front()).front().to_string(), "10.0.3.193:16643");
}

}  // namespace
}  // namespace watcher::marathon
