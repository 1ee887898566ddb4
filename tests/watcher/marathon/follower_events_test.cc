// What the follower makes of events, and of answers that cross them.

#include <gmock/gmock.h>

#include "tests/watcher/marathon/bodies.h"
#include "tests/watcher/marathon/world.h"
#include "watcher/marathon/follower.h"

namespace watcher::marathon {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// ---- The fast path

TEST(FastPath, DrainsAKilledTaskAtTheFirstSign) {
  World world;
  world.sync(web({"w.1", "w.2"}));
  world.event(status_event({.id = "w.1", .state = "KILLING"}));
  EXPECT_EQ(world.shown_state("w.1"), "killing");
  EXPECT_EQ(world.shown_state("w.2"), "running");
  EXPECT_THAT(world.gets, IsEmpty());
  EXPECT_EQ(world.last_heard, world.now);
}

TEST(FastPath, RemovesATaskThatEnded) {  // Fact 12: the first sign where task_killing is off.
  World world;
  world.sync(web({"w.1"}));
  world.event(status_event({.id = "w.1", .state = "FAILED"}));
  EXPECT_EQ(world.shown_state("w.1"), "none");
}

TEST(FastPath, DrainsATaskWhoseKillIsAnnounced) {
  for (const char* type : {"unhealthy_instance_kill_event", "unhealthy_task_kill_event"}) {
    World world;
    world.sync(web({"w.1"}));
    world.event(fmt::format(R"({{"eventType":"{}","appId":"/web","taskId":"w.1"}})", type));
    EXPECT_EQ(world.shown_state("w.1"), "killing");
    world.advance(100ms);
    ASSERT_TRUE(world.answer("/v2/apps/web", one_app({.tasks = task_body({.id = "w.1"})})));
    EXPECT_EQ(world.shown_state("w.1"), "killing");  // Lists call it running until it is dead.
  }
}

TEST(FastPath, BelievesAListAgainWhenTheKillNeverHappens) {
  World world;
  world.sync(web({"w.1"}));
  world.event(R"({"eventType":"unhealthy_task_kill_event","appId":"/web","taskId":"w.1"})");
  for (int i = 0; i < 7; ++i) {
    world.advance(20s);
    world.heartbeat();
  }
  world.event(hint("health_status_changed_event"));
  while (world.answer("/v2/apps/web", one_app({.tasks = task_body({.id = "w.1"})}))) {
    world.advance(100ms);
  }
  EXPECT_EQ(world.shown_state("w.1"), "running");
}

TEST(FastPath, DemotesTasksOfALostAgentAndTakesThemBack) {
  for (const char* state : {"UNREACHABLE", "LOST"}) {
    World world;
    world.sync(web({"w.1"}));
    world.event(status_event({.id = "w.1", .state = state}));
    EXPECT_EQ(world.shown_state("w.1"), "unreachable");
    world.event(status_event({.id = "w.1"}));
    EXPECT_EQ(world.shown_state("w.1"), "running");
  }
}

TEST(FastPath, DrainsWhatMayStillRunBeyondMesosReach) {
  for (const char* state : {"GONE_BY_OPERATOR", "UNKNOWN"}) {
    World world;
    world.sync(web({"w.1"}));
    world.event(status_event({.id = "w.1", .state = state}));
    EXPECT_EQ(world.shown_state("w.1"), "killing");
  }
}

TEST(FastPath, AddsARunningTaskOfAKnownVersionWithoutChecks) {
  World world;
  world.sync(web({"w.1"}));
  world.event(status_event({.id = "w.2", .port = 31009}));
  ASSERT_EQ(world.shown_state("w.2"), "running");
  EXPECT_THAT(world.shown.at("w.2").host_ports, ElementsAre(31009));
  EXPECT_EQ(world.shown.at("w.2").ports.front().name, "http");
}

/// Events do not tell it, but the agent's other tasks do.
TEST(FastPath, PutsARunningTaskWhereItsAgentStands) {
  World world;
  const std::string where = R"("slaveId":"S1","region":"eu","zone":"eu-1")";
  world.sync(app_body({.tasks = task_body({.id = "w.1", .more = where})}));
  ASSERT_EQ(world.shown.at("w.1").zone, "eu-1");
  world.event(status_event({.id = "w.2", .port = 31009}));
  world.event(status_event({.id = "w.3", .host = "10.0.0.8"}));
  EXPECT_EQ(world.shown.at("w.2").region, "eu");
  EXPECT_EQ(world.shown.at("w.2").zone, "eu-1");
  EXPECT_EQ(world.shown.at("w.3").zone, "");
}

TEST(FastPath, AsksAboutARunningTaskWithChecks) {
  World world;
  world.sync(web({}, {.more = kChecked}));
  world.event(status_event({.id = "w.1"}));
  EXPECT_EQ(world.shown_state("w.1"), "none");
  ASSERT_THAT(world.asked(), ElementsAre("/v2/apps/web"));
  world.answer("/v2/apps/web", one_app({.tasks = task_body({.id = "w.1"}), .more = kChecked}));
  EXPECT_EQ(world.shown_state("w.1"), "running unknown");
}

TEST(FastPath, AsksAboutARunningTaskWithReadinessChecks) {
  World world;
  world.sync(web({}, {.more = R"("readinessChecks":[{}])"}));
  world.event(status_event({.id = "w.1"}));
  EXPECT_EQ(world.shown_state("w.1"), "none");
  EXPECT_THAT(world.asked(), ElementsAre("/v2/apps/web"));
}

TEST(FastPath, AddsARunningTaskAsSoonAsItsVersionIsKnown) {
  World world;
  world.sync(web({"w.1"}));
  world.event(status_event({.id = "w.2", .version = "v2"}));
  EXPECT_THAT(world.asked(), UnorderedElementsAre("/v2/apps/web", "/v2/apps/web/versions/v2"));
  world.answer("/v2/apps/web/versions/v2", app_body({.version = "v2"}));
  EXPECT_EQ(world.shown_state("w.2"), "running");
}

TEST(FastPath, ForgetsAnEarlyTaskThatANewerListDoesNotHold) {
  World world;
  world.sync(web({"w.1"}));
  world.event(status_event({.id = "w.2", .version = "v2"}));
  world.answer("/v2/apps/web", one_app({.tasks = task_body({.id = "w.1"})}));
  world.answer("/v2/apps/web/versions/v2", app_body({.version = "v2"}));
  EXPECT_EQ(world.shown_state("w.2"), "none");
}

// ---- Order: events are late, answers are old

TEST(Order, NeverResurrectsATaskThatEnded) {  // Fact 1: order is not guaranteed.
  World world;
  world.sync(web({"w.1"}));
  world.event(hint("health_status_changed_event"));
  world.event(status_event({.id = "w.1", .state = "KILLED"}));
  world.answer("/v2/apps/web", one_app({.tasks = task_body({.id = "w.1"})}));  // Older.
  EXPECT_EQ(world.shown_state("w.1"), "none");
  world.event(status_event({.id = "w.1"}));  // Late.
  EXPECT_EQ(world.shown_state("w.1"), "none");
  world.event(status_event({.id = "w.1", .state = "KILLING"}));
  EXPECT_EQ(world.shown_state("w.1"), "none");
}

TEST(Order, RemembersTheEndOfATaskItDidNotKnow) {
  World world;
  world.accept();
  world.attached();
  world.event(status_event({.id = "w.1", .state = "KILLED"}));
  world.event(status_event({.id = "w.2", .state = "KILLING"}));
  world.answer("/v2/apps", R"({"apps":[)" + web({"w.1", "w.2", "w.3"}) + "]}");
  EXPECT_EQ(world.shown_state("w.1"), "none");
  EXPECT_EQ(world.shown_state("w.2"), "killing");
  EXPECT_EQ(world.shown_state("w.3"), "running");
}

TEST(Order, KeepsAKilledTaskDrainingWhateverASlowAnswerSays) {
  World world;
  world.sync(web({"w.1"}));
  world.event(hint("health_status_changed_event"));
  world.event(status_event({.id = "w.1", .state = "KILLING"}));
  world.answer("/v2/apps/web", one_app({.tasks = task_body({.id = "w.1"})}));
  EXPECT_EQ(world.shown_state("w.1"), "killing");
  world.event(status_event({.id = "w.1"}));
  EXPECT_EQ(world.shown_state("w.1"), "killing");
}

TEST(Order, KeepsATaskDrainingThatAListCalledKilling) {
  World world;
  world.sync(app_body({.tasks = task_body({.id = "w.1", .state = "KILLING"})}));
  world.event(status_event({.id = "w.1"}));
  EXPECT_EQ(world.shown_state("w.1"), "killing");
}

TEST(Order, KeepsATaskThatStartedAfterTheQuestion) {
  World world;
  world.sync(web({"w.1"}));
  world.event(hint("health_status_changed_event"));
  world.event(status_event({.id = "w.2"}));
  world.answer("/v2/apps/web", one_app({.tasks = task_body({.id = "w.1"})}));  // Before it started.
  EXPECT_EQ(world.shown_state("w.2"), "running");
  world.advance(100ms);
  EXPECT_THAT(world.asked(), ElementsAre("/v2/apps/web"));  // To make sure.
}

TEST(Order, KeepsATaskThatAFullListIsTooOldToHold) {
  World world;
  world.sync(web({"w.1"}));
  for (int i = 0; i < 8; ++i) {
    world.advance(18s);
    world.heartbeat();
  }
  ASSERT_THAT(world.asked(), ElementsAre("/v2/apps"));
  world.event(status_event({.id = "w.2"}));
  world.answer("/v2/apps", R"({"apps":[)" + web({"w.1"}) + "]}");
  EXPECT_EQ(world.shown_state("w.2"), "running");
  EXPECT_EQ(world.resets, 1);
}

/// /web with one task of this verdict.
AppBody judged(const std::string& verdict) {
  return {.tasks = task_body({.id = "w.1", .more = verdict}), .more = kChecked};
}

TEST(Order, PrefersTheAnswerAboutOneAppToAnOlderFullList) {
  World world;
  world.sync(app_body(judged(kAlive)));
  for (int i = 0; i < 8; ++i) {
    world.advance(18s);
    world.heartbeat();
  }
  ASSERT_THAT(world.asked(), ElementsAre("/v2/apps"));
  world.event(hint("health_status_changed_event"));
  world.answer("/v2/apps/web", one_app(judged(kDead)));
  world.answer("/v2/apps", R"({"apps":[)" + app_body(judged(kAlive)) + "]}");
  EXPECT_EQ(world.shown_state("w.1"), "running failing");
}

TEST(Order, PrefersAFullListToAnOlderAnswerAboutOneApp) {
  World world;
  world.sync(app_body(judged(kAlive)));
  world.advance(20s);
  world.event(hint("health_status_changed_event"));
  const std::uint64_t older = world.gets.front().id;
  world.event(R"({"eventType":"scheduler_reregistered_event"})");
  world.advance(0s);
  ASSERT_TRUE(world.answer("/v2/apps", R"({"apps":[)" + app_body(judged(kDead)) + "]}"));
  world.answer(older, http::Response{200, {}, one_app(judged(kAlive))});
  EXPECT_EQ(world.shown_state("w.1"), "running failing");
}

TEST(Order, KeepsATaskUnreachableWhateverASlowAnswerSays) {
  World world;
  world.sync(web({"w.1"}));
  world.event(hint("health_status_changed_event"));
  world.event(status_event({.id = "w.1", .state = "UNREACHABLE"}));
  world.answer("/v2/apps/web", one_app({.tasks = task_body({.id = "w.1"})}));
  EXPECT_EQ(world.shown_state("w.1"), "unreachable");
}

}  // namespace
}  // namespace watcher::marathon
