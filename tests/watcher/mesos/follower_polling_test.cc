// How the follower asks for /state again and again, of masters that have no stream.

#include <gmock/gmock.h>

#include "tests/watcher/mesos/world.h"

namespace watcher::mesos {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr auto kPoll = config::MesosMode::Poll;

std::string task(const std::string& id, const std::string& state = "RUNNING") {
  return fmt::format(
      R"({{"id":"{}","name":"web","framework_id":"F","slave_id":"A","state":"TASK_{}"}})",
      id,
      state);
}

struct Page {
  std::string tasks;
  std::string completed;
  std::string agents =
      R"({"id":"A","hostname":"a.test","pid":"slave(1)@10.0.1.1:5051","active":true})";
  std::string leader = "master@10.0.0.1:5050";
};
std::string page(const Page& page) {
  return fmt::format(
      R"({{"pid":"master@10.0.0.1:5050","leader":"{}","hostname":"m1","slaves":[{}],)"
      R"("frameworks":[{{"id":"F","name":"marathon","pid":"s@10.0.2.1:4000",)"
      R"("tasks":[{}],"completed_tasks":[{}]}}]}})",
      page.leader,
      page.agents,
      page.tasks,
      page.completed);
}

TEST(Polling, ShowsWhatTheStateSays) {
  World world(default_options(kPoll));
  EXPECT_FALSE(world.stream);
  ASSERT_TRUE(world.answer("/state", page({.tasks = task("w.1")})));
  EXPECT_EQ(world.shown_state("w.1"), "running");
  EXPECT_TRUE(world.follower.status().synced);
  EXPECT_TRUE(world.follower.status().connected);
  EXPECT_THAT(world.member_ids(Role::LeadingMaster), ElementsAre("10.0.0.1:5050"));
  EXPECT_EQ(world.member("F")->port, 4000);
}

TEST(Polling, SendsOnlyWhatChanged) {
  World world(default_options(kPoll));
  world.answer("/state", page({.tasks = task("w.1") + "," + task("w.2") + "," + task("w.3")}));
  int batches = 0;
  world.sink = [&](const Batch&) { ++batches; };
  for (int i = 0; i < 5; ++i) {
    EXPECT_THAT(world.gets, IsEmpty());
    world.advance(12s);
    ASSERT_TRUE(world.answer("/state",
                             page({.tasks = task("w.1") + "," + task("w.2") + "," + task("w.3")})));
  }
  EXPECT_EQ(batches, 0);
  world.advance(12s);
  world.answer("/state", page({.tasks = task("w.1", "KILLING") + "," + task("w.2")}));
  EXPECT_EQ(world.shown_state("w.1"), "killing");
  EXPECT_EQ(world.shown_state("w.3"), "none");
  EXPECT_EQ(batches, 1);
  EXPECT_EQ(world.resets, 1);
}

TEST(Polling, BelievesAMassEndThatIsCalledOne) {
  World world(default_options(kPoll));
  world.answer("/state", page({.tasks = task("w.1") + "," + task("w.2")}));
  world.advance(12s);
  world.answer("/state",
               page({.completed = task("w.1", "KILLED") + "," + task("w.2", "FINISHED")}));
  EXPECT_THAT(world.shown, IsEmpty());
}

TEST(Polling, FollowsRedirectsAndTheLeaderThatAStateNames) {
  World world(default_options(kPoll));
  world.answer_with("/state",
                    http::Response{307, {{"Location", "//10.0.0.2:5050/master/state"}}, ""});
  ASSERT_THAT(world.asked(), ElementsAre("/master/state"));
  EXPECT_EQ(world.gets.front().url.authority(), "10.0.0.2:5050");
  world.answer("/master/state", page({.agents = "", .leader = "master@10.0.0.3:5050"}));
  EXPECT_FALSE(world.follower.status().synced);  // A standby of old knows nothing.
  ASSERT_THAT(world.asked(), ElementsAre("/state"));
  EXPECT_EQ(world.gets.front().url.authority(), "10.0.0.3:5050");
  world.answer("/state", page({.tasks = task("w.1")}));
  EXPECT_EQ(world.shown_state("w.1"), "running");
}

TEST(Polling, KeepsTheStateWhileNobodyAnswers) {
  World world(default_options(kPoll), {"http://10.0.0.1:5050", "http://10.0.0.2:5050"});
  world.answer("/state", page({.tasks = task("w.1")}));
  const std::string first = world.follower.status().last_error;
  for (int i = 0; i < 20; ++i) {
    world.advance(30s);
    ASSERT_THAT(world.gets, SizeIs(1));
    if (i % 2 == 0) {
      world.fail("/state");
    } else {
      world.answer("/state", i % 4 == 1 ? "<html>" : "", i % 4 == 1 ? 200 : 503);
    }
    EXPECT_FALSE(world.follower.status().connected);
    EXPECT_NE(world.follower.status().last_error, "");
  }
  EXPECT_EQ(world.shown_state("w.1"), "running");
  world.advance(30s);
  world.answer("/state", page({.tasks = task("w.2")}));
  EXPECT_TRUE(world.follower.status().connected);
  EXPECT_EQ(world.shown_state("w.2"), "running");
}

TEST(Polling, AsksOldMastersForTheOldPage) {
  World world(default_options(kPoll));
  world.answer("/state", "", 404);
  world.advance(200ms);
  ASSERT_TRUE(world.answer("/state.json", page({.tasks = task("w.1")})));
  EXPECT_EQ(world.shown_state("w.1"), "running");
}

TEST(Polling, IsWhatAutoDoesWhereThereIsNoStream) {
  for (const int status : {400, 404, 405, 406, 501}) {
    World world;
    world.head(status);
    EXPECT_FALSE(world.stream);
    ASSERT_TRUE(world.answer("/state", page({.tasks = task("w.1")}))) << status;
    EXPECT_EQ(world.shown_state("w.1"), "running");
    world.advance(12s);
    world.fail("/state");
    world.advance(200ms);
    EXPECT_TRUE(world.stream) << "the next master may be newer";
  }
}

TEST(Polling, IsNotWhatStreamDoes) {
  World world(default_options(config::MesosMode::Stream));
  world.head(405);
  EXPECT_THAT(world.gets, IsEmpty());
  EXPECT_THAT(world.follower.status().last_error, HasSubstr("405"));
}

}  // namespace
}  // namespace watcher::mesos
