// What the follower makes of events, and of the answers that repair what they do not tell.

#include <gmock/gmock.h>

#include "tests/watcher/mesos/bodies.h"
#include "tests/watcher/mesos/world.h"

namespace watcher::mesos {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

IpAddress ip(const std::string& text) { return *IpAddress::parse(text); }

/// A world that is live with these tasks of framework F on agent A.
class Events : public testing::Test {
 protected:
  void sync(const std::string& tasks) { world.subscribe(state_body({.tasks = tasks})); }
  const Task& task(const std::string& id) { return world.shown.at({"F", id}); }
  /// Lets the next full state come, and answers it.
  void resync(const StateBody& state) {
    world.advance_beating(150s);
    ASSERT_TRUE(world.answer("GET_STATE", state_answer(state)));
  }

  World world;
};

// ---- Tasks

TEST_F(Events, FollowATaskThroughItsLife) {
  sync("");
  world.record(task_added({.id = "w.1", .state = "STAGING"}));
  EXPECT_EQ(world.shown_state("w.1"), "starting");
  world.record(task_updated({.id = "w.1", .state = "STARTING"}));
  EXPECT_EQ(world.shown_state("w.1"), "starting");
  world.record(task_updated({.id = "w.1", .state = "RUNNING", .more = with_address("9.0.0.2")}));
  EXPECT_EQ(world.shown_state("w.1"), "running");
  EXPECT_EQ(task("w.1").name, "web");  // Fact 3: an update does not tell it.
  world.record(task_updated({.id = "w.1", .state = "KILLING"}));
  EXPECT_EQ(world.shown_state("w.1"), "killing");
  EXPECT_THAT(task("w.1").addresses, ElementsAre(ip("9.0.0.2")));  // Fact 14.
  world.record(task_updated({.id = "w.1", .state = "KILLED"}));
  EXPECT_EQ(world.shown_state("w.1"), "none");
}

TEST_F(Events, EndTheTaskWhoseStatusLagsBehind) {  // Fact 4.
  sync(task_body({.id = "w.1"}));
  world.record(task_updated({.id = "w.1", .state = "FINISHED", .status = "RUNNING"}));
  EXPECT_EQ(world.shown_state("w.1"), "none");
  world.record(task_updated({.id = "w.1", .state = "FINISHED"}));  // Fact 13: told twice.
  EXPECT_EQ(world.follower.status().rejected, 0u);
}

TEST_F(Events, KeepTheVerdictUntilAnotherIsSpoken) {  // Fact 7.
  sync(task_body({.id = "w.1", .more = kChecked}));
  EXPECT_EQ(world.shown_state("w.1"), "running unknown");
  world.record(task_updated({.id = "w.1", .when = 2, .more = kHealthy}));
  EXPECT_EQ(world.shown_state("w.1"), "running passing");
  world.record(task_updated({.id = "w.1", .when = 3}));
  EXPECT_EQ(world.shown_state("w.1"), "running passing");
  world.record(task_updated({.id = "w.1", .when = 4, .more = kUnhealthy}));
  EXPECT_EQ(world.shown_state("w.1"), "running failing");
  world.record(task_updated({.id = "w.1", .state = "KILLING", .when = 5}));
  EXPECT_EQ(world.shown_state("w.1"), "killing failing");
}

TEST_F(Events, BelieveTheNewestStatusByItsTime) {  // Fact 6: old ones may be repeated.
  sync(task_body({.id = "w.1", .more = kChecked}));
  world.record(
      task_updated({.id = "w.1", .when = 4, .more = kUnhealthy + with_address("9.0.0.4")}));
  world.record(task_updated({.id = "w.1", .when = 3, .more = kHealthy + with_address("9.0.0.3")}));
  EXPECT_EQ(world.shown_state("w.1"), "running failing");
  EXPECT_THAT(task("w.1").addresses, ElementsAre(ip("9.0.0.4")));
}

TEST_F(Events, ThatChangeNothingSendNothing) {  // Fact 6: one event for each probe that fails.
  sync(task_body({.id = "w.1", .more = kChecked}));
  world.record(task_updated({.id = "w.1", .when = 1, .more = kUnhealthy}));
  int batches = 0;
  world.sink = [&](const Batch&) { ++batches; };
  for (int i = 2; i < 10; ++i) {
    world.record(task_updated({.id = "w.1", .when = double(i), .more = kUnhealthy}));
  }
  EXPECT_EQ(batches, 0);
}

TEST_F(Events, KeepTasksOfOneIdInTwoFrameworksApart) {  // Fact 10.
  sync(task_body({.id = "w.1"}));
  world.record(framework_added(framework_body("G", "chronos")));
  world.record(task_added({.id = "w.1", .framework = "G"}));
  EXPECT_THAT(world.shown, SizeIs(2));
  world.record(task_updated({.id = "w.1", .state = "KILLED", .framework = "G"}));
  EXPECT_EQ(world.shown_state("w.1", "F"), "running");
  EXPECT_EQ(world.shown_state("w.1", "G"), "none");
}

TEST_F(Events, TakeAnIdThatIsUsedAgainForAnotherTask) {  // Fact 10.
  sync("");
  world.record(task_added({.id = "w.1", .state = "FAILED"}));
  EXPECT_EQ(world.shown_state("w.1"), "none");
  world.record(task_added({.id = "w.1", .state = "STAGING", .more = kChecked}));
  world.record(task_updated({.id = "w.1", .more = kHealthy + with_address("9.0.0.2")}));
  EXPECT_EQ(world.shown_state("w.1"), "running passing");
  world.cut();
  world.advance(200ms);
  sync(task_body({.id = "w.1", .state = "STAGING", .more = kChecked}));
  EXPECT_EQ(world.shown_state("w.1"), "starting unknown");
  EXPECT_THAT(task("w.1").addresses, IsEmpty());
}

TEST_F(Events, ThatLagBehindAStateTakeNoTaskBack) {
  sync("");
  world.advance_beating(150s);
  ASSERT_TRUE(
      world.answer("GET_STATE",
                   state_answer({.tasks = join({task_body({.id = "w.1"}),
                                                task_body({.id = "w.2", .state = "KILLING"}),
                                                task_body({.id = "w.3"})})})));
  world.record(task_added({.id = "w.1", .state = "STAGING"}));
  EXPECT_EQ(world.shown_state("w.1"), "running");
  world.record(task_updated({.id = "w.1", .state = "STARTING"}));
  EXPECT_EQ(world.shown_state("w.1"), "running");
  world.record(task_updated({.id = "w.2", .state = "RUNNING"}));
  EXPECT_EQ(world.shown_state("w.2"), "killing");
}

TEST_F(Events, ParkATaskUntilItsAgentAndItsFrameworkAreKnown) {  // Facts 9 and 12.
  world.subscribe(state_body({.agents = "", .frameworks = ""}));
  world.record(task_added({.id = "w.1", .framework = "G", .agent = "B"}));
  EXPECT_THAT(world.shown, IsEmpty());
  world.record(agent_added(agent_body("B", "10.0.1.2")));
  EXPECT_THAT(world.shown, IsEmpty());
  world.record(framework_added(framework_body("G", "chronos")));
  EXPECT_EQ(world.shown_state("w.1", "G"), "running");
  EXPECT_EQ(world.shown.at({"G", "w.1"}).agent_addresses, std::vector{ip("10.0.1.2")});
}

TEST_F(Events, AboutTasksNobodyToldOfAreCountedAndLookedInto) {
  sync(task_body({.id = "w.1"}));
  world.advance_beating(20s);
  world.record(task_updated({.id = "w.9"}));
  EXPECT_EQ(world.follower.status().rejected, 1u);
  ASSERT_TRUE(world.answer(
      "GET_STATE",
      state_answer({.tasks = join({task_body({.id = "w.1"}), task_body({.id = "w.9"})})})));
  EXPECT_EQ(world.shown_state("w.9"), "running");
}

TEST_F(Events, EndAllTasksOfAFramework) {  // Fact 13.
  sync(join({task_body({.id = "w.1"}), task_body({.id = "w.2"})}));
  EXPECT_THAT(world.member_ids(Role::Framework), ElementsAre("F"));
  world.record(task_updated({.id = "w.1", .state = "KILLED"}));
  world.record(framework_removed("F"));
  EXPECT_THAT(world.shown, IsEmpty());
  EXPECT_THAT(world.member_ids(Role::Framework), IsEmpty());
}

// ---- Agents

TEST_F(Events, KeepTheTasksOfALostAgentAsUnreachable) {  // Fact 8.
  sync(join({task_body({.id = "w.1"}), task_body({.id = "w.2"})}));
  world.record(task_updated({.id = "w.1", .state = "UNREACHABLE"}));
  world.record(task_updated({.id = "w.2", .state = "LOST"}));
  EXPECT_EQ(world.shown_state("w.1"), "unreachable");
  EXPECT_EQ(world.shown_state("w.2"), "unreachable");
  // Fact 9: it comes back, tasks first.
  world.record(task_added({.id = "w.1"}));
  world.record(task_added({.id = "w.2"}));
  world.record(agent_added(agent_body()));
  EXPECT_EQ(world.shown_state("w.1"), "running");
  EXPECT_EQ(world.shown_state("w.2"), "running");
  // Facts 8 and 17: the lists of agents do not hold it while it is lost, those of tasks do.
  world.record(task_updated({.id = "w.1", .state = "UNREACHABLE"}));
  resync({.tasks = task_body({.id = "w.2"}),
          .agents = "",
          .unreachable = task_body({.id = "w.1", .state = "UNREACHABLE"})});
  EXPECT_EQ(world.shown_state("w.1"), "unreachable");
}

TEST_F(Events, EndTheTasksOfAnAgentThatLeft) {  // Fact 8.
  sync(join({task_body({.id = "w.1"}), task_body({.id = "w.2"})}));
  world.record(task_updated({.id = "w.1", .state = "LOST"}));
  world.record(agent_removed("A"));
  EXPECT_THAT(world.shown, IsEmpty());
  EXPECT_THAT(world.member_ids(Role::Agent), IsEmpty());
}

TEST_F(Events, MoveTasksWithTheirAgentsAddress) {
  sync(task_body({.id = "w.1"}));
  world.record(agent_added(agent_body("A", "10.0.1.9")));
  EXPECT_THAT(task("w.1").agent_addresses, ElementsAre(ip("10.0.1.9")));
}

TEST_F(Events, PutTasksWhereTheirAgentStandsWheneverItIsTold) {
  const auto agent = [](const std::string& zone) {
    return R"({"agent_info":{"id":{"value":"A"},"hostname":"A.test","domain":{"fault_domain":)"
           R"({"region":{"name":"eu"},"zone":{"name":")" +
           zone + R"("}}}},"pid":"slave(1)@10.0.1.1:5051"})";
  };
  sync(task_body({.id = "w.1"}));
  EXPECT_EQ(task("w.1").zone, "");
  world.record(agent_added(agent("eu-1")));
  EXPECT_EQ(task("w.1").region, "eu");
  EXPECT_EQ(task("w.1").zone, "eu-1");
  world.record(task_added({.id = "w.2"}));
  EXPECT_EQ(task("w.2").zone, "eu-1");
  world.advance_beating(15s);
  ASSERT_TRUE(world.answer("GET_AGENTS", agents_answer(agent("eu-2"))));
  EXPECT_EQ(task("w.1").zone, "eu-2");
  EXPECT_EQ(task("w.2").zone, "eu-2");
}

TEST_F(Events, LookUpAgentsThatOnlyHaveANameAgainAndAgain) {
  world.subscribe(
      state_body({.tasks = task_body({.id = "w.1"}),
                  .agents = R"({"agent_info":{"id":{"value":"A"},"hostname":"a.test"}})"}));
  EXPECT_THAT(task("w.1").agent_addresses, IsEmpty());
  ASSERT_THAT(world.lookups, ElementsAre("a.test"));
  world.resolve("a.test", common::fail(common::ErrorCode::NotFound, "no such host"));
  world.advance(5s);
  ASSERT_THAT(world.lookups, SizeIs(2));
  world.resolve("a.test", std::vector{ip("10.0.1.7")});
  EXPECT_THAT(task("w.1").agent_addresses, ElementsAre(ip("10.0.1.7")));
  EXPECT_THAT(world.member("A")->addresses, ElementsAre(ip("10.0.1.7")));
  world.advance_beating(10min);
  EXPECT_THAT(world.lookups, SizeIs(3));
}

TEST_F(Events, DoNotTellThatAnAgentDrains) {  // Fact 11: only the list of agents does.
  sync(task_body({.id = "w.1"}));
  world.advance_beating(15s);
  ASSERT_TRUE(world.answer("GET_AGENTS", agents_answer(agent_body("A", "10.0.1.1", kDrains))));
  EXPECT_EQ(world.shown_state("w.1"), "killing");
  world.record(task_updated({.id = "w.1", .more = kHealthy}));
  EXPECT_EQ(world.shown_state("w.1"), "killing passing");
  world.advance_beating(15s);
  ASSERT_TRUE(world.answer("GET_AGENTS", agents_answer(agent_body())));
  EXPECT_EQ(world.shown_state("w.1"), "running passing");
}

TEST_F(Events, CountMoreThanAnOlderListOfAgents) {
  sync(task_body({.id = "w.1"}));
  world.advance_beating(15s);
  world.record(agent_added(agent_body("A", "10.0.1.9")));
  ASSERT_TRUE(world.answer("GET_AGENTS", agents_answer(agent_body("A", "10.0.1.1"))));
  EXPECT_THAT(task("w.1").agent_addresses, ElementsAre(ip("10.0.1.9")));
}

// ---- What no event tells

TEST_F(Events, MissASilentEndThatTheNextStateTells) {  // Fact 5.
  sync(join({task_body({.id = "w.1"}), task_body({.id = "w.2"})}));
  resync(
      {.tasks = join({task_body({.id = "w.1", .state = "FINISHED"}), task_body({.id = "w.2"})})});
  EXPECT_EQ(world.shown_state("w.1"), "none");
  EXPECT_EQ(world.shown_state("w.2"), "running");
  EXPECT_EQ(world.resets, 1);
}

TEST_F(Events, ComeBackAsAFullStateEveryTwoMinutesMoreOrLess) {
  sync(task_body({.id = "w.1"}));
  int full = 0;
  for (int i = 0; i < 720; ++i) {
    world.advance_beating(5s);
    full += world.answer("GET_STATE", state_answer({.tasks = task_body({.id = "w.1"})})) ? 1 : 0;
    world.answer("GET_AGENTS", agents_answer(agent_body()));
  }
  EXPECT_GE(full, 3600 / 150);
  EXPECT_LE(full, 3600 / 96);
  EXPECT_EQ(world.resets, 1);
}

TEST_F(Events, CountMoreThanAnOlderState) {
  sync(join({task_body({.id = "w.1"}), task_body({.id = "w.2"}), task_body({.id = "w.3"})}));
  world.advance_beating(150s);
  ASSERT_THAT(world.asked(), Contains("GET_STATE"));
  world.record(task_updated({.id = "w.1", .state = "KILLED"}));
  world.record(task_updated({.id = "w.2", .state = "KILLING"}));
  world.record(task_added({.id = "w.4"}));
  ASSERT_TRUE(world.answer("GET_STATE",
                           state_answer({.tasks = join({task_body({.id = "w.1"}),
                                                        task_body({.id = "w.2"}),
                                                        task_body({.id = "w.3"})})})));
  EXPECT_EQ(world.shown_state("w.1"), "none");
  EXPECT_EQ(world.shown_state("w.2"), "killing");
  EXPECT_EQ(world.shown_state("w.4"), "running");
}

TEST_F(Events, OfAFrameworksEndCountMoreThanAnOlderState) {
  sync(task_body({.id = "w.1"}));
  world.advance_beating(150s);
  world.record(framework_removed("F"));
  world.record(agent_removed("A"));
  ASSERT_TRUE(world.answer("GET_STATE", state_answer({.tasks = task_body({.id = "w.1"})})));
  EXPECT_THAT(world.shown, IsEmpty());
  EXPECT_THAT(world.member_ids(Role::Framework), IsEmpty());
  EXPECT_THAT(world.member_ids(Role::Agent), IsEmpty());
}

TEST_F(Events, GoOnWhenAStateFails) {
  sync(task_body({.id = "w.1"}));
  world.advance_beating(150s);
  ASSERT_TRUE(world.answer("GET_STATE", "<html>"));
  EXPECT_EQ(world.opened, 1);
  EXPECT_EQ(world.shown_state("w.1"), "running");
  world.advance_beating(10s);
  EXPECT_THAT(world.asked(), Contains("GET_STATE"));
}

// ---- A state that lacks tasks

const std::string kFour = join({task_body({.id = "w.1"}),
                                task_body({.id = "w.2"}),
                                task_body({.id = "w.3"}),
                                task_body({.id = "w.4"})});

TEST_F(Events, LostWhileAwayAreMadeUpForByTheNextStream) {
  sync(kFour);
  world.cut();
  world.advance(200ms);
  sync(join({task_body({.id = "w.1"}), task_body({.id = "w.2"}), task_body({.id = "w.3"})}));
  EXPECT_EQ(world.shown_state("w.4"), "none");
  EXPECT_EQ(world.resets, 2);
}

TEST_F(Events, OfANewMasterBringTheTasksBackOneAgentAtATime) {  // Fact 12.
  sync(kFour);
  world.cut();
  world.advance(200ms);
  world.subscribe(state_body(
      {.agents = "", .frameworks = "", .recovered = R"({"id":{"value":"A"},"hostname":"A"})"}));
  EXPECT_THAT(world.shown, SizeIs(4));
  EXPECT_THAT(world.member_ids(Role::Agent), ElementsAre("A"));
  EXPECT_THAT(world.log, Contains(HasSubstr("does not tell of 4 tasks")));
  world.record(agent_added(agent_body()));
  world.record(framework_added(framework_body()));
  for (const char* id : {"w.1", "w.2", "w.3"}) world.record(task_added({.id = id}));
  EXPECT_THAT(world.shown, SizeIs(4));
  world.advance_beating(20s);
  ASSERT_TRUE(world.answer("GET_STATE",
                           state_answer({.tasks = join({task_body({.id = "w.1"}),
                                                        task_body({.id = "w.2"}),
                                                        task_body({.id = "w.3"})})})));
  EXPECT_THAT(world.shown, SizeIs(3));
  EXPECT_EQ(world.shown_state("w.4"), "none");
}

TEST_F(Events, OfANewMasterMayNeverBringAnAgentBack) {
  sync(kFour);
  world.cut();
  world.advance(200ms);
  world.subscribe(state_body({.agents = ""}));
  for (int i = 0; i < 119; ++i) {
    world.advance_beating(5s);
    world.answer("GET_STATE", state_answer({.agents = ""}));
    world.answer("GET_AGENTS", agents_answer(""));
  }
  EXPECT_THAT(world.shown, SizeIs(4));
  world.advance_beating(10s);
  EXPECT_THAT(world.shown, IsEmpty());
  EXPECT_THAT(world.member_ids(Role::Agent), IsEmpty());
}

TEST_F(Events, NeverHeardEndNoWaiting) {  // The time without a master does not count.
  sync(kFour);
  world.cut();
  world.advance(200ms);
  world.subscribe(state_body({.agents = "", .frameworks = ""}));
  world.cut();
  for (int i = 0; i < 100; ++i) {
    world.advance(23s);
    if (world.stream) world.cut();
  }
  EXPECT_THAT(world.shown, SizeIs(4));
  world.advance(23s);
  world.subscribe(state_body({.agents = "", .frameworks = ""}));
  world.advance_beating(9min);
  EXPECT_THAT(world.shown, SizeIs(4));
}

TEST_F(Events, AreNotNeededForWhatAStateCallsCompleted) {
  sync(kFour);
  world.cut();
  world.advance(200ms);
  const auto ended = [](const std::string& id) {
    return task_body({.id = id, .state = "FINISHED"});
  };
  world.subscribe(
      state_body({.tasks = task_body({.id = "w.1"}),
                  .completed = join({ended("w.1"), ended("w.2"), ended("w.3"), ended("w.4")})}));
  EXPECT_THAT(world.shown, SizeIs(1));  // And an id that is in use again is in use.
}

TEST_F(Events, AreDoubtedForAMinuteWhenMostTasksAreMissing) {
  sync(kFour);
  world.advance_beating(150s);
  const std::string one = task_body({.id = "w.1"});
  ASSERT_TRUE(world.answer("GET_STATE", state_answer({.tasks = one})));
  EXPECT_THAT(world.shown, SizeIs(4));
  world.advance_beating(55s);
  EXPECT_THAT(world.shown, SizeIs(4));
  world.advance_beating(10s);
  EXPECT_THAT(world.shown, SizeIs(1));
}

// ---- Members

TEST_F(Events, TellTheMembersOfTheCluster) {
  sync("");
  EXPECT_THAT(world.member_ids(Role::Master), ElementsAre("10.0.0.1:5050"));
  EXPECT_THAT(world.member_ids(Role::LeadingMaster), ElementsAre("10.0.0.1:5050"));
  const Member agent{Role::Agent, "A", "A.test", {ip("10.0.1.1")}, 5051};
  EXPECT_EQ(*world.member("A"), agent);
  const Member framework{Role::Framework, "F", "marathon", {ip("10.0.2.1")}, 0};
  EXPECT_EQ(*world.member("F"), framework);
  world.answer("GET_MASTER",
               R"({"get_master":{"master_info":{"pid":"master@10.0.4.1:5051","hostname":"m"}}})");
  EXPECT_THAT(world.member_ids(Role::LeadingMaster), ElementsAre("10.0.4.1:5051"));
  EXPECT_EQ(world.member("10.0.4.1:5051")->name, "m");
}

TEST_F(Events, DoNotTellWhereASchedulerIs) {  // So /frameworks is asked.
  sync("");
  const auto frameworks = [](const std::string& pid) {
    return R"({"frameworks":[{"id":"F","name":"marathon","hostname":"10.0.2.1","pid":"s@)" + pid +
           "\"}]}";
  };
  ASSERT_TRUE(world.answer("/frameworks", frameworks("10.0.2.9:4000")));
  EXPECT_THAT(world.member("F")->addresses, ElementsAre(ip("10.0.2.9")));
  EXPECT_EQ(world.member("F")->port, 4000);
  world.record(framework_added(framework_body()));  // It registers again,
  world.record(framework_added(framework_body()));  // and again.
  EXPECT_EQ(world.member("F")->port, 4000);
  world.advance(1s);
  ASSERT_TRUE(world.answer("/frameworks", frameworks("10.0.2.8:4000")));
  EXPECT_THAT(world.member("F")->addresses, ElementsAre(ip("10.0.2.8")));
}

}  // namespace
}  // namespace watcher::mesos
