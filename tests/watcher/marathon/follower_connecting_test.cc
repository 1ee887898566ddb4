// How the follower connects, starts and recovers.

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

// ---- Connecting

TEST(Connecting, AsksForTheStreamWithTheExactAcceptHeader) {
  const World world;
  ASSERT_TRUE(world.stream);
  EXPECT_EQ(world.stream->request.target, world.stream->url.target);
  EXPECT_EQ(http::find_header(world.stream->request.headers, "accept"), "text/event-stream");
}

TEST(Connecting,
     TakesTheSnapshotOnlyOnceAttached) {  // Fact 6: a 200 comes before the subscription.
  World world;
  world.accept();
  world.heartbeat();
  world.advance(14s);
  EXPECT_THAT(world.gets, IsEmpty());
  world.attached();
  ASSERT_THAT(world.asked(), ElementsAre("/v2/apps"));
  EXPECT_THAT(world.gets.front().url.target, HasSubstr("embed=apps.tasks"));
  EXPECT_THAT(world.gets.front().url.target, HasSubstr("embed=apps.readiness"));
  EXPECT_FALSE(world.follower.status().synced);
  world.answer("/v2/apps", R"({"apps":[)" + web({"w.1", "w.2"}) + "]}");
  EXPECT_EQ(world.resets, 1);
  EXPECT_THAT(world.shown, SizeIs(2));
  EXPECT_TRUE(world.follower.status().synced);
  EXPECT_TRUE(world.follower.status().connected);
  EXPECT_THAT(world.log, ElementsAre("source=marathon url=http://m1:8080 state=synced tasks=2"));
}

TEST(Connecting, AsksTheNamedLeaderForEverything) {
  World world;
  world.leader = http::Response{200, {}, R"({"leader":"m2:8080"})"};
  world.cut();
  world.advance(1s);
  ASSERT_TRUE(world.stream);
  EXPECT_EQ(world.stream->url.authority(), "m2:8080");
  EXPECT_TRUE(world.stream->vouched);
  world.accept();
  world.attached();
  ASSERT_THAT(world.asked(), ElementsAre("/v2/apps"));
  EXPECT_EQ(world.gets.front().url.authority(), "m2:8080");
  EXPECT_TRUE(world.gets.front().vouched);
}

TEST(Connecting, TriesAgainWhenTheSeedDoesNotAnswer) {
  World world;
  world.leader = common::fail(common::ErrorCode::Unavailable, "connection refused");
  world.cut();
  world.advance(1s);
  EXPECT_FALSE(world.stream);
  EXPECT_EQ(world.follower.status().last_error, "connection refused");
  world.leader = http::Response{404, {}, "{}"};
  world.advance(15s);
  EXPECT_TRUE(world.stream);
}

TEST(Connecting, ShowsNothingToWhomeverAStrangersRedirectLeadsTo) {
  World world;
  world.head(302, {{"Location", "http://m2:8080/v2/events"}});
  ASSERT_TRUE(world.stream);
  EXPECT_FALSE(world.stream->vouched);
}

TEST(Connecting, AsksTheRedirectedLeaderForEverything) {
  World world;
  world.head(302, {{"Location", "http://m2:8080/v2/events?x"}});
  ASSERT_TRUE(world.stream);
  EXPECT_EQ(world.stream->url.authority(), "m2:8080");
  world.accept();
  world.attached();
  EXPECT_EQ(world.gets.front().url.authority(), "m2:8080");
}

TEST(Connecting, TriesTheNextSeedAfterARefusal) {
  World world(default_options(), {"http://m1:8080", "http://m2:8080"});
  const std::string first = world.stream->url.authority();
  world.head(405, {});
  EXPECT_FALSE(world.stream);
  EXPECT_THAT(world.follower.status().last_error, HasSubstr("405"));
  world.advance(150ms);
  ASSERT_TRUE(world.stream);
  EXPECT_NE(world.stream->url.authority(), first);
}

TEST(Connecting, RetriesWhenAStreamClosesAtOnce) {  // Fact 7: elected, but not ready.
  World world;
  for (int i = 0; i < 5; ++i) {
    world.accept();
    world.cut();
    EXPECT_FALSE(world.stream);
    world.advance(3s);
    EXPECT_TRUE(world.stream);
  }
  EXPECT_EQ(world.follower.status().reconnects, 5u);
  EXPECT_EQ(world.resets, 0);
}

TEST(Connecting, WaitsLongerForAServerThatNeverProvesGood) {  // Fact 7, seen from Marathon.
  World world;
  for (int i = 0; i < 8; ++i) {
    world.accept();
    world.cut();
    world.advance(30s);
  }
  world.accept();
  world.cut();
  world.advance(5s);
  EXPECT_FALSE(world.stream);
}

TEST(Connecting, SyncsWithoutTheWordWhenTheServerSpeaks) {
  World world;
  world.accept();
  world.advance(10s);
  world.heartbeat();
  world.advance(5s);
  EXPECT_THAT(world.asked(), ElementsAre("/v2/apps"));
}

TEST(Connecting, LeavesAServerThatSaysNothing) {
  World world;
  world.accept();
  world.advance(15s);
  EXPECT_THAT(world.gets, IsEmpty());
  EXPECT_THAT(world.log, ElementsAre(HasSubstr("state=lost")));
}

TEST(Connecting, GivesUpAStreamWhoseSnapshotFails) {
  World world;
  world.accept();
  world.attached();
  world.answer("/v2/apps", "<html>", 200);
  EXPECT_FALSE(world.stream);
  EXPECT_THAT(world.follower.status().last_error, HasSubstr("no JSON"));
}

TEST(Connecting, QueuesMarksUntilTheStateIsComplete) {
  World world;
  world.accept();
  world.attached();
  world.event(hint("health_status_changed_event"));
  EXPECT_THAT(world.asked(), ElementsAre("/v2/apps"));
  world.answer("/v2/apps", R"({"apps":[)" + web({"w.1"}) + "]}");
  EXPECT_THAT(world.asked(), ElementsAre("/v2/apps/web"));
}

TEST(Connecting, DropsTheSilentStreamAndKeepsTheState) {
  World world;
  world.sync(web({"w.1"}));
  world.advance(44s);
  world.heartbeat();
  world.advance(44s);
  EXPECT_TRUE(world.stream);
  world.advance(1s);
  EXPECT_THAT(world.log, Contains(HasSubstr("no byte for 45 s")));
  EXPECT_EQ(world.shown_state("w.1"), "running");
}

TEST(Connecting, KeepsTheStateThroughAChangeOfLeaders) {  // Fact 8.
  World world(default_options(), {"http://m1:8080", "http://m2:8080"});
  world.sync(web({"w.1", "w.2", "w.3"}));
  world.cut();
  world.advance(200ms);
  world.head(502, {});
  world.advance(10s);
  EXPECT_THAT(world.shown, SizeIs(3));
  EXPECT_FALSE(world.follower.status().connected);
  EXPECT_TRUE(world.follower.status().synced);
  world.sync(web({"w.1", "w.2", "w.4"}));
  EXPECT_EQ(world.resets, 2);
  EXPECT_EQ(world.shown_state("w.3"), "killing");
  EXPECT_EQ(world.shown_state("w.4"), "running");
}

TEST(Connecting, ForgetsTheHalfOfAnEventThatALostLeaderSent) {
  World world;
  world.sync(web({"w.1"}));
  world.bytes("data: {\"eventType\":\"status_up");
  world.cut();
  world.advance(1s);
  world.accept();
  world.attached();
  EXPECT_THAT(world.asked(), ElementsAre("/v2/apps"));
  EXPECT_EQ(world.follower.status().rejected, 0u);
}

TEST(Connecting, HearsNoAnswersOfALostLeader) {
  World world;
  world.sync(web({"w.1"}));
  world.event(hint("health_status_changed_event"));
  const std::uint64_t old = world.gets.front().id;
  world.cut();
  world.answer(old, http::Response{404, {}, ""});
  EXPECT_EQ(world.shown_state("w.1"), "running");
}

// ---- Resync

TEST(Resync, ComesEveryTwoMinutesMoreOrLess) {
  World world;
  world.sync(web({"w.1"}));
  int full = 0;
  for (int i = 0; i < 3600; ++i) {
    world.advance(1s);
    if (i % 10 == 0) world.heartbeat();
    full += world.answer("/v2/apps", R"({"apps":[)" + web({"w.1"}) + "]}") ? 1 : 0;
  }
  EXPECT_GE(full, 3600 / 144);
  EXPECT_LE(full, 3600 / 96);
  EXPECT_EQ(world.resets, 1);  // Nothing had changed, so nothing was sent.
}

// ---- Bad input

TEST(BadInput, IsCountedReportedOnceAndRepaired) {
  World world;
  world.sync(web({"w.1"}));
  world.advance(20s);
  world.event("{");
  world.event("{");
  EXPECT_EQ(world.follower.status().rejected, 2u);
  EXPECT_THAT(world.log, SizeIs(3));  // Synced, a warning, and the same for debugging.
  world.advance(0s);
  EXPECT_THAT(world.asked(), ElementsAre("/v2/apps"));
  EXPECT_EQ(world.shown_state("w.1"), "running");
}

TEST(BadInput, DoesNotMakeItAskForEverythingAllTheTime) {
  World world;
  world.sync(web({"w.1"}));
  int asked = 0;
  for (int i = 0; i < 60; ++i) {
    world.event("{");
    world.advance(1s);
    asked += world.answer("/v2/apps", R"({"apps":[)" + web({"w.1"}) + "]}") ? 1 : 0;
  }
  EXPECT_LE(asked, 4);
}

TEST(BadInput, OfAnOversizedEventIsSkipped) {
  World world;
  world.sync(web({"w.1"}));
  world.advance(20s);
  world.event(std::string(2 << 20, 'x'));
  world.event(status_event({.id = "w.1", .state = "KILLING"}));
  EXPECT_EQ(world.follower.status().rejected, 1u);
  EXPECT_EQ(world.shown_state("w.1"), "killing");
  world.advance(0s);
  EXPECT_THAT(world.asked(), Contains("/v2/apps"));  // It may have told of anything.
}

TEST(BadInput, OfOneTaskKeepsWhatIsKnownOfIt) {
  World world;
  world.sync(web({"w.1", "w.2"}));
  world.event(hint("health_status_changed_event"));
  world.answer("/v2/apps/web",
               one_app({.tasks = task_body({.id = "w.2"}) +
                                 R"(,{"id":"w.1","state":"TASK_RUNNING","ports":7})"}));
  EXPECT_EQ(world.shown_state("w.1"), "running");
  EXPECT_EQ(world.follower.status().rejected, 1u);
  EXPECT_THAT(world.log.back(), HasSubstr("task 'w.1' of /web"));
}

TEST(BadInput, InsteadOfAFullListKeepsTheState) {
  World world;
  world.sync(web({"w.1"}));
  world.event(hint("scheduler_reregistered_event"));
  world.advance(15s);
  ASSERT_TRUE(world.answer("/v2/apps", "{}"));
  EXPECT_TRUE(world.stream);
  EXPECT_EQ(world.shown_state("w.1"), "running");
  world.advance(10s);
  EXPECT_THAT(world.asked(), ElementsAre("/v2/apps"));
}

}  // namespace
}  // namespace watcher::marathon
