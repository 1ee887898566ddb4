// What the follower asks, and what it makes of the answers.

#include <gmock/gmock.h>

#include "tests/watcher/marathon/bodies.h"
#include "tests/watcher/marathon/world.h"
#include "watcher/marathon/follower.h"

namespace watcher::marathon {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

// ---- Asking

TEST(Asking, AnswersAHintAtOnceAndThenOncePerInterval) {  // Fact 2: what is told can be read.
  World world;
  world.sync(web({"w.1"}));
  world.event(hint("health_status_changed_event"));
  ASSERT_THAT(world.asked(), ElementsAre("/v2/apps/web"));
  world.answer("/v2/apps/web", one_app({}));
  for (int i = 0; i < 10; ++i) world.event(hint("health_status_changed_event"));
  EXPECT_THAT(world.gets, IsEmpty());
  world.advance(100ms);
  EXPECT_THAT(world.asked(), ElementsAre("/v2/apps/web"));
}

TEST(Asking, FollowsEveryHealthEvent) {  // Fact 3: the first may be too early.
  World world;
  world.sync(web({"w.1"}, {.more = kChecked}));
  world.event(hint("instance_health_changed_event"));
  world.answer("/v2/apps/web", one_app({.tasks = task_body({.id = "w.1"}), .more = kChecked}));
  EXPECT_EQ(world.shown_state("w.1"), "running unknown");
  world.event(hint("health_status_changed_event"));
  world.advance(100ms);
  world.answer("/v2/apps/web",
               one_app({.tasks = task_body({.id = "w.1", .more = kAlive}), .more = kChecked}));
  EXPECT_EQ(world.shown_state("w.1"), "running passing");
}

TEST(Asking, IsBoundedWhileAnswersAreSlow) {
  World world;
  world.sync("");
  for (int i = 0; i < 100; ++i) {
    world.event(hint("health_status_changed_event", "/app" + std::to_string(i)));
    world.advance(1us);
  }
  EXPECT_THAT(world.gets, SizeIs(8));
  world.answer("/v2/apps/app0", one_app({.id = "/app0"}));
  EXPECT_THAT(world.gets, SizeIs(8));
  EXPECT_THAT(world.asked(), Contains("/v2/apps/app8"));
}

TEST(Asking, TakesOneFullListInsteadOfAThousandQuestions) {
  World world;
  world.sync("");
  world.advance(20s);
  for (int i = 0; i < 1100; ++i) {
    world.event(hint("health_status_changed_event", "/app" + std::to_string(i)));
  }
  world.advance(0s);
  EXPECT_THAT(world.asked(), Contains("/v2/apps"));
  EXPECT_LE(world.gets.size(), 9u);
}

TEST(Asking, TriesAgainAfterAFailure) {
  World world;
  world.sync(web({"w.1"}));
  world.event(hint("health_status_changed_event"));
  world.fail("/v2/apps/web");
  EXPECT_THAT(world.gets, IsEmpty());
  world.advance(1s);
  world.answer("/v2/apps/web", "oops", 503);
  world.advance(1s);
  EXPECT_THAT(world.asked(), ElementsAre("/v2/apps/web"));
  EXPECT_EQ(world.shown_state("w.1"), "running");
  EXPECT_THAT(world.follower.status().last_error, HasSubstr("503"));
}

TEST(Asking, AsksSeldomForWhatIsNotThere) {
  World world;
  world.sync("");
  for (int i = 0; i < 10; ++i) {
    world.event(status_event({.id = "gone.1", .app = "/gone"}));
    world.answer("/v2/apps/gone", "{}", 404);
    world.answer("/v2/pods/gone::status", "{}", 404);
    world.advance(200ms);
  }
  EXPECT_THAT(world.gets, IsEmpty());
  world.event(hint("api_post_event", "/gone"));
  EXPECT_THAT(world.asked(), ElementsAre("/v2/apps/gone"));  // Now it may be.
}

TEST(Asking, ReadsNewDefinitionsOnceTheyCanBeRead) {  // Fact 4: deployments come before them.
  World world;
  world.sync(web({"w.1"}));
  world.event(R"({"eventType":"deployment_info","plan":{"id":"d","steps":[
      {"actions":[{"action":"StartApplication","app":"/shop/new"}]}]}})");
  EXPECT_THAT(world.gets, IsEmpty());
  world.advance(100ms);
  ASSERT_THAT(world.asked(), ElementsAre("/v2/apps/shop/new"));
  world.answer("/v2/apps/shop/new", "{}", 404);
  world.answer("/v2/pods/shop/new::status", "{}", 404);
  world.event(hint("group_change_success", "/shop"));
  world.advance(100ms);
  ASSERT_THAT(world.asked(), ElementsAre("/v2/apps/shop/new"));
}

TEST(Asking, ListsAGroupWhenNoDeploymentTellsWhatChanged) {
  World world;
  world.sync(app_body({.id = "/shop/a", .version = "v1"}) + "," +
             app_body({.id = "/shop/b", .version = "v1"}) + "," +
             app_body({.id = "/shop/c", .version = "v1"}) + "," + app_body({.id = "/other"}));
  world.event(hint("group_change_success", "/shop"));
  ASSERT_THAT(world.asked(), ElementsAre("/v2/groups/shop"));
  world.answer("/v2/groups/shop", R"({"id":"/shop","apps":[{"id":"/shop/a","version":"v1"},
      {"id":"/shop/b","version":"v2"}],"groups":[{"id":"/shop/g","apps":[{"id":"/shop/g/d","version":"v1"}]}]})");
  EXPECT_THAT(world.asked(),
              UnorderedElementsAre("/v2/apps/shop/b", "/v2/apps/shop/c", "/v2/apps/shop/g/d"));
}

TEST(Asking, ListsTheRootGroupWithoutATrailingSlash) {
  World world;
  world.sync("");
  world.event(hint("group_change_success", "/"));
  EXPECT_THAT(world.asked(), ElementsAre("/v2/groups"));
}

TEST(Asking, AsksAboutAllAppsOfAGroupThatIsGone) {
  World world;
  world.sync(app_body({.id = "/shop/a"}));
  world.event(hint("group_change_success", "/shop"));
  world.answer("/v2/groups/shop", "{}", 404);
  EXPECT_THAT(world.asked(), ElementsAre("/v2/apps/shop/a"));
}

TEST(Asking, LooksAtReadinessWhenADeploymentEnds) {
  World world;
  world.sync(web({"w.1"}, {.more = R"("readinessChecks":[{}],"deployments":[{"id":"d"}])"}));
  EXPECT_FALSE(world.shown.at("w.1").ready);
  world.event(R"({"eventType":"deployment_info","plan":{"id":"d","steps":[[{"app":"/web"}]]}})");
  world.advance(100ms);
  ASSERT_TRUE(
      world.answer("/v2/apps/web",
                   one_app({.tasks = task_body({.id = "w.1"}),
                            .more = R"("readinessChecks":[{}],"deployments":[{"id":"d"}])"})));
  world.advance(1s);
  world.event(R"({"eventType":"deployment_success","id":"d"})");
  ASSERT_TRUE(world.answer(
      "/v2/apps/web",
      one_app({.tasks = task_body({.id = "w.1"}), .more = R"("readinessChecks":[{}])"})));
  EXPECT_TRUE(world.shown.at("w.1").ready);
}

TEST(Asking, NeverListsEverythingForOneEvent) {
  for (const std::string_view type : event_types()) {
    if (type.starts_with("scheduler_")) continue;  // Mesos was away: all of it may have changed.
    World world;
    world.sync(web({"w.1"}));
    world.advance(20s);
    world.event(fmt::format(
        R"({{"eventType":"{}","appId":"/web","runSpecId":"/web","groupId":"/web","taskId":"w.1",)"
        R"("taskStatus":"TASK_RUNNING","uri":"/v2/pods/web","appDefinition":{{"id":"/web"}}}})",
        type));
    world.advance(20s);
    EXPECT_THAT(world.asked(), testing::Not(Contains("/v2/apps"))) << type;
    EXPECT_EQ(world.follower.status().rejected, 0u) << type;
  }
}

TEST(Asking, TellsWhenTheFirstHintWasHeard) {
  World world;
  world.sync(web({"w.1"}, {.more = kChecked}));
  const TimePoint heard = world.now;
  world.event(hint("health_status_changed_event"));
  world.advance(30ms);
  world.answer("/v2/apps/web",
               one_app({.tasks = task_body({.id = "w.1", .more = kDead}), .more = kChecked}));
  EXPECT_EQ(world.shown_state("w.1"), "running failing");
  EXPECT_EQ(world.last_heard, heard);
}

// ---- Versions

TEST(Versions, GiveOldTasksTheirOldPorts) {  // Fact 5.
  World world;
  world.accept();
  world.attached();
  world.answer("/v2/apps",
               R"({"apps":[)" +
                   app_body({.version = "v2", .tasks = task_body({.id = "w.1", .version = "v1"})}) +
                   "]}");
  EXPECT_EQ(world.resets, 0);  // The state is not complete yet.
  ASSERT_THAT(world.asked(), ElementsAre("/v2/apps/web/versions/v1"));
  world.answer("/v2/apps/web/versions/v1",
               R"({"id":"/web","version":"v1","portDefinitions":[{"name":"old"}]})");
  EXPECT_EQ(world.resets, 1);
  EXPECT_EQ(world.shown.at("w.1").ports.front().name, "old");
  EXPECT_EQ(world.shown.at("w.1").version, "v1");
}

TEST(Versions, ThatCannotBeHadAreTakenToBeLikeTheNewest) {
  World world;
  world.accept();
  world.attached();
  world.answer("/v2/apps",
               R"({"apps":[)" +
                   app_body({.version = "v2", .tasks = task_body({.id = "w.1", .version = "v1"})}) +
                   "]}");
  world.answer("/v2/apps/web/versions/v1", "{}", 404);
  EXPECT_EQ(world.resets, 1);
  EXPECT_EQ(world.shown.at("w.1").ports.front().name, "http");
  EXPECT_THAT(world.log, Contains(HasSubstr("version v1 of app /web cannot be read")));
}

TEST(Versions, AreKnownAcrossAReconnect) {
  World world;
  world.sync(web({"w.1"}));
  world.cut();
  world.advance(1s);
  world.sync(app_body({.version = "v2", .tasks = task_body({.id = "w.1", .version = "v1"})}));
  EXPECT_EQ(world.resets, 2);
  EXPECT_EQ(world.shown_state("w.1"), "running");
}

// ---- What lists do not hold any more

TEST(Disappearance, OfAnAppDrainsItsTasksAndThenRemovesThem) {  // Fact 5.
  World world;
  world.sync(web({"w.1", "w.2"}));
  world.event(hint("app_terminated_event"));
  world.answer("/v2/apps/web", R"({"message":"App '/web' does not exist"})", 404);
  EXPECT_EQ(world.shown_state("w.1"), "killing");
  world.event(status_event({.id = "w.2", .state = "KILLED"}));
  EXPECT_EQ(world.shown_state("w.2"), "none");
  world.advance(32s);
  EXPECT_EQ(world.shown_state("w.1"), "killing");
  world.advance(1s);
  EXPECT_EQ(world.shown_state("w.1"), "none");
}

TEST(Disappearance, OfATaskDrainsItThoughNoStatusTells) {  // Fact 10: expunged.
  World world;
  world.sync(web({"w.1", "w.2"}));
  world.event(hint("instance_changed_event"));
  world.advance(100ms);
  world.answer("/v2/apps/web", one_app({.tasks = task_body({.id = "w.2"})}));
  EXPECT_EQ(world.shown_state("w.1"), "killing");
  EXPECT_EQ(world.shown_state("w.2"), "running");
}

TEST(Disappearance, IsTakenBackByANewerList) {
  World world;
  world.sync(web({"w.1", "w.2"}));
  world.event(hint("health_status_changed_event"));
  world.answer("/v2/apps/web", one_app({.tasks = task_body({.id = "w.2"})}));
  EXPECT_EQ(world.shown_state("w.1"), "killing");
  world.event(status_event({.id = "w.1"}));
  EXPECT_EQ(world.shown_state("w.1"), "killing");  // An event alone may be late.
  world.advance(100ms);
  world.answer("/v2/apps/web",
               one_app({.tasks = task_body({.id = "w.1"}) + "," + task_body({.id = "w.2"})}));
  EXPECT_EQ(world.shown_state("w.1"), "running");
  world.advance(40s);
  EXPECT_EQ(world.shown_state("w.1"), "running");
}

TEST(Disappearance, OfMostTasksUnderANewLeaderIsNotBelievedForAMinute) {
  World world;
  world.sync(web({"w.1", "w.2", "w.3"}));
  world.cut();
  world.advance(1s);
  world.sync(web({"w.4"}));
  EXPECT_EQ(world.shown_state("w.1"), "running");
  EXPECT_EQ(world.shown_state("w.4"), "running");
  EXPECT_THAT(world.log, Contains(HasSubstr("none of 3 of 3 serving tasks")));
  for (int i = 0; i < 5; ++i) {
    world.advance(10s);
    world.heartbeat();
    ASSERT_TRUE(world.answer("/v2/apps", R"({"apps":[)" + web({"w.4"}) + "]}")) << i;
    EXPECT_EQ(world.shown_state("w.1"), "running");
  }
  world.advance(10s);
  ASSERT_TRUE(world.answer("/v2/apps", R"({"apps":[)" + web({"w.4"}) + "]}"));
  EXPECT_EQ(world.shown_state("w.1"), "killing");
}

LastRun last_run(const std::vector<std::string>& ids) {
  World world;
  world.sync(web(ids));
  return {.shown = world.shown};
}
World restarted(const std::vector<std::string>& ids) {
  return World(default_options(), {"http://m1:8080"}, 1, last_run(ids));
}

TEST(Restart, BeforeANewLeaderListsAnythingDropsNothingForAMinute) {
  World world = restarted({"w.1", "w.2", "w.3"});
  world.sync("");
  EXPECT_EQ(world.resets, 1);
  EXPECT_THAT(world.shown, SizeIs(3));
  for (int i = 0; i < 5; ++i) {
    world.advance(10s);
    world.heartbeat();
    ASSERT_TRUE(world.answer("/v2/apps", R"({"apps":[]})")) << i;
  }
  EXPECT_THAT(world.shown, SizeIs(3));
  world.advance(10s);
  ASSERT_TRUE(world.answer("/v2/apps", R"({"apps":[]})"));
  EXPECT_THAT(world.shown, IsEmpty());
}

TEST(Restart, TakesWhatTheLeaderListsAndDropsTheFewThatItLacks) {
  World world = restarted({"w.1", "w.2", "w.3"});
  world.sync(web({"w.1", "w.2", "w.4"}));
  EXPECT_EQ(world.shown_state("w.1"), "running");
  EXPECT_EQ(world.shown_state("w.3"), "none");
  EXPECT_EQ(world.shown_state("w.4"), "running");
}

TEST(Restart, DropsATaskWhoseEndIsToldThoughNothingIsListedYet) {
  World world = restarted({"w.1", "w.2", "w.3"});
  world.accept();
  world.attached();
  world.event(status_event({.id = "w.1", .state = "KILLED"}));
  EXPECT_EQ(world.shown_state("w.1"), "none");
  world.answer("/v2/apps", R"({"apps":[]})");
  EXPECT_EQ(world.shown_state("w.2"), "running");
  world.event(status_event({.id = "w.2", .state = "FAILED"}));
  EXPECT_EQ(world.shown_state("w.2"), "none");
  EXPECT_EQ(world.shown_state("w.3"), "running");
}

TEST(Restart, WaitsForTheListOfPodsBeforeItDropsTheirTasks) {
  LastRun last = last_run({"w.1", "w.2", "w.3"});
  last.shown["p.instance-1.web"] = last.shown["w.1"];
  Task& pod = last.shown["p.instance-1.web"];
  pod.key.id = "p.instance-1.web";
  pod.app = "/p";
  World world(default_options(), {"http://m1:8080"}, 1, last);
  world.pods = common::fail(common::ErrorCode::Timeout, "not done in time");
  world.accept();
  world.attached();
  world.answer("/v2/apps", R"({"apps":[)" + web({"w.1", "w.2", "w.3"}) + "]}");
  EXPECT_EQ(world.shown_state("p.instance-1.web"), "running");
}

TEST(Order, NeverLetsAnOlderAnswerStartARunningTaskAgain) {
  World world;
  world.sync(web({"w.1"}));
  world.event(hint("health_status_changed_event"));
  world.answer("/v2/apps/web", one_app({.tasks = task_body({.id = "w.1", .state = "STAGING"})}));
  EXPECT_EQ(world.shown_state("w.1"), "running");
}

TEST(Disappearance, OfFewTasksUnderANewLeaderIsBelieved) {
  World world;
  world.sync(web({"w.1", "w.2", "w.3"}));
  world.cut();
  world.advance(1s);
  world.sync(web({"w.1", "w.2"}));
  EXPECT_EQ(world.shown_state("w.3"), "killing");
}

// ---- Health and addresses

TEST(Health, UnknownAfterAChangeOfLeadersKeepsTheVerdict) {  // Fact 9.
  World world;
  world.sync(app_body({.tasks = task_body({.id = "w.1", .more = kAlive}) + "," +
                                task_body({.id = "w.2", .more = kDead}),
                       .more = kChecked}));
  world.cut();
  world.advance(1s);
  world.sync(web({"w.1", "w.2"}, {.more = kChecked}));
  EXPECT_EQ(world.shown_state("w.1"), "running passing");
  EXPECT_EQ(world.shown_state("w.2"), "running failing");
}

TEST(Addresses, OfNamedAgentsAreLookedUp) {
  World world;
  world.sync(app_body({.tasks = task_body({.id = "w.1", .host = "agent7"}) + "," +
                                task_body({.id = "w.2", .host = "agent7"})}));
  EXPECT_THAT(world.lookups, ElementsAre("agent7"));
  EXPECT_THAT(world.shown.at("w.1").agent_addresses, IsEmpty());
  const IpAddress address = *IpAddress::parse("10.0.0.7");
  world.resolve("agent7", std::vector{address});
  EXPECT_THAT(world.shown.at("w.1").agent_addresses, ElementsAre(address));
  EXPECT_THAT(world.shown.at("w.2").addresses, ElementsAre(address));  // Host network.
}

TEST(Addresses, AreLookedUpAgainAfterAFailure) {
  World world;
  world.sync(app_body({.tasks = task_body({.id = "w.1", .host = "agent7"})}));
  world.resolve("agent7", common::fail(common::ErrorCode::NotFound, "no such host"));
  world.advance(5s);
  EXPECT_THAT(world.lookups, SizeIs(2));
  world.resolve("agent7", std::vector{*IpAddress::parse("10.0.0.7")});
  world.event(status_event({.id = "w.1", .state = "FAILED", .host = "agent7"}));
  for (int i = 0; i < 60; ++i) {
    world.advance(15s);
    world.heartbeat();
    world.answer("/v2/apps", R"({"apps":[]})");
  }
  EXPECT_THAT(world.lookups, SizeIs(2));  // Nobody needs it any more.
}

TEST(Addresses, ThatAreAddressesNeedNoLookUp) {
  World world;
  world.sync(web({"w.1"}));
  EXPECT_THAT(world.lookups, IsEmpty());
  EXPECT_THAT(world.shown.at("w.1").agent_addresses, ElementsAre(*IpAddress::parse("10.0.0.7")));
}

TEST(Ports, AreKeptWhenAnInactiveTaskListsNone) {
  World world;
  world.sync(web({"w.1"}));
  world.event(hint("health_status_changed_event"));
  world.answer(
      "/v2/apps/web",
      one_app({.tasks = R"({"id":"w.1","state":"TASK_UNREACHABLE","version":"v1","ports":[]})"}));
  EXPECT_EQ(world.shown_state("w.1"), "unreachable");
  EXPECT_EQ(world.shown.at("w.1").ports.front().port, 31000);
}

}  // namespace
}  // namespace watcher::marathon
