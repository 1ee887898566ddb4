#include "watcher/catalog/joiner.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/watcher/catalog/sample_tasks.h"

namespace watcher {
namespace {

using testing::ip;
using testing::sample_port;
using testing::sample_task;

/// What a catalog behind the joiner knows.
class JoinerTest : public ::testing::Test {
 protected:
  void tell(std::vector<Update> updates) {
    for (Update& update : joiner_.join(std::move(updates))) {
      if (auto* reset = std::get_if<Reset>(&update)) {
        std::erase_if(known_,
                      [&](const auto& entry) { return entry.first.source == reset->source; });
        for (const Task& task : reset->tasks) EXPECT_TRUE(known_.emplace(task.key, task).second);
      } else if (const auto* upsert = std::get_if<Upsert>(&update)) {
        known_[upsert->task.key] = upsert->task;
      } else if (const auto* remove = std::get_if<Remove>(&update)) {
        known_.erase(remove->key);
      }
    }
  }
  const Task* find(const TaskKey& key) const {
    const auto found = known_.find(key);
    return found == known_.end() ? nullptr : &found->second;
  }

  Joiner joiner_{{.framework = "marathon"}};
  std::map<TaskKey, Task> known_;
};

Task from_mesos(const std::string& id, const std::string& framework = "marathon") {
  Task task = sample_task(id);
  task.key = {"mesos", id, framework + "-id"};
  task.framework = framework;
  task.app = task.name;
  return task;
}

Task with(Task task, TaskState state) {
  task.state = state;
  return task;
}

const TaskKey web{"marathon", "web.1"};
const TaskKey web_in_mesos{"mesos", "web.1", "marathon-id"};

TEST_F(JoinerTest, ShowsATaskOfBothOnce) {
  tell({Reset{"mesos", {from_mesos("web.1"), from_mesos("job.1", "chronos")}}});
  tell({Reset{"marathon", {sample_task("web.1")}}});
  EXPECT_EQ(known_.size(), 2U);
  ASSERT_NE(find(web), nullptr);
  EXPECT_EQ(find(web)->app, "/web");
  EXPECT_NE(find({"mesos", "job.1", "chronos-id"}), nullptr);
}

TEST_F(JoinerTest, ShowsATaskUnderOneKeyWhoeverTellsFirst) {
  tell({Upsert{from_mesos("web.1")}});
  EXPECT_NE(find(web), nullptr);
  tell({Upsert{sample_task("web.1")}});
  EXPECT_EQ(known_.size(), 1U);
  tell({Remove{web}});
  ASSERT_NE(find(web), nullptr) << "it still runs";
  tell({Remove{web_in_mesos}});
  EXPECT_TRUE(known_.empty());
  EXPECT_EQ(joiner_.size(), 0U);
}

TEST_F(JoinerTest, NeverShowsATaskThatEndedBeforeTheSchedulerToldOfIt) {
  tell({Upsert{from_mesos("web.1")}});
  tell({Remove{web_in_mesos}});
  tell({Upsert{sample_task("web.1")}});
  EXPECT_EQ(find(web), nullptr);
  tell({Reset{"marathon", {sample_task("web.1")}}});
  EXPECT_EQ(find(web), nullptr);
  tell({Remove{web}});
  EXPECT_EQ(joiner_.size(), 0U);
}

TEST_F(JoinerTest, KeepsWhatTheSchedulerKeepsOfTheLastRun) {
  tell({Reset{"marathon", {sample_task("web.1"), sample_task("web.2")}, true}});
  tell({Reset{"marathon", {sample_task("web.3")}, false, {{"marathon", "web.1"}}}});
  EXPECT_NE(find(web), nullptr);
  EXPECT_EQ(find({"marathon", "web.2"}), nullptr);
  EXPECT_NE(find({"marathon", "web.3"}), nullptr);
}

TEST_F(JoinerTest, TakesTheDefinitionFromTheSchedulerAndThePlaceFromTheCluster) {
  Task in_mesos = from_mesos("web.1");
  in_mesos.addresses = {ip("172.16.0.9")};
  in_mesos.discovery_name = "shop";
  in_mesos.ports = {sample_port(1)};
  Task in_marathon = sample_task("web.1");
  in_marathon.ports = {sample_port(31000)};
  in_marathon.ports[0].service_port = 10010;
  in_marathon.ready = false;
  tell({Upsert{in_mesos}, Upsert{in_marathon}});
  const Task& task = *find(web);
  EXPECT_EQ(task.addresses, in_mesos.addresses);
  EXPECT_EQ(task.discovery_name, "shop");
  EXPECT_EQ(task.ports, in_marathon.ports);
  EXPECT_FALSE(task.ready);
}

TEST_F(JoinerTest, BelievesTheWorseState) {
  tell({Upsert{from_mesos("web.1")}, Upsert{with(sample_task("web.1"), TaskState::Starting)}});
  EXPECT_EQ(find(web)->state, TaskState::Running);
  tell({Upsert{with(from_mesos("web.1"), TaskState::Unreachable)}});
  EXPECT_EQ(find(web)->state, TaskState::Unreachable);
  tell({Upsert{with(sample_task("web.1"), TaskState::Killing)}});
  EXPECT_EQ(find(web)->state, TaskState::Killing);
}

TEST_F(JoinerTest, BelievesTheClusterThatATaskHasEnded) {
  tell({Upsert{from_mesos("web.1")}, Upsert{sample_task("web.1")}});
  tell({Remove{web_in_mesos}});
  tell({Upsert{sample_task("web.1")}});
  tell({Reset{"marathon", {sample_task("web.1")}}});
  EXPECT_TRUE(known_.empty());
  tell({Reset{"marathon", {}}});
  EXPECT_EQ(joiner_.size(), 0U);
}

TEST_F(JoinerTest, ATaskThatItsAgentBringsBackIsThereAgain) {
  tell({Upsert{from_mesos("web.1")}, Upsert{sample_task("web.1")}, Remove{web_in_mesos}});
  tell({Upsert{from_mesos("web.1")}});
  EXPECT_NE(find(web), nullptr);
}

TEST_F(JoinerTest, AResetOfTheClusterRemovesWhatItDoesNotTell) {
  tell({Upsert{from_mesos("web.1")}, Upsert{from_mesos("job.1", "chronos")}});
  tell({Reset{"mesos", {from_mesos("web.2")}}});
  EXPECT_EQ(known_.size(), 1U);
  EXPECT_NE(find({"marathon", "web.2"}), nullptr);
}

TEST_F(JoinerTest, KeepsTheSchedulersTasksWhileTheClusterKnowsNothing) {
  tell({Reset{"marathon", {sample_task("web.1")}}, Reset{"mesos", {}}});
  EXPECT_NE(find(web), nullptr);
}

TEST_F(JoinerTest, LetsOtherSourcesPass) {
  Task written = sample_task("static.1");
  written.key.source = "file";
  tell({Reset{"file", {written}}});
  EXPECT_NE(find(written.key), nullptr);
  tell({Remove{written.key}});
  EXPECT_TRUE(known_.empty());
}

}  // namespace
}  // namespace watcher
