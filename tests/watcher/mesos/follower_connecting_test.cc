// How the follower connects, starts and recovers.

#include <gmock/gmock.h>

#include "tests/watcher/mesos/bodies.h"
#include "tests/watcher/mesos/world.h"

namespace watcher::mesos {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

const std::string kTwo = join({task_body({.id = "w.1"}), task_body({.id = "w.2"})});

// ---- Connecting

TEST(Connecting, SubscribesAsTheMasterWantsIt) {  // Fact 22: any other Accept is a 406.
  const World world;
  ASSERT_TRUE(world.stream);
  const http::Request& request = world.stream->request;
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/api/v1");
  EXPECT_EQ(request.body, R"({"type":"SUBSCRIBE"})");
  EXPECT_EQ(http::find_header(request.headers, "Accept"), "application/json");
  EXPECT_EQ(http::find_header(request.headers, "Content-Type"), "application/json");
}

TEST(Connecting, DeliversTheFirstRecord) {  // Fact 2.
  World world;
  world.accept();
  EXPECT_FALSE(world.follower.status().synced);
  world.subscribe(state_body({.tasks = kTwo}));
  world.heartbeat();
  EXPECT_EQ(world.resets, 1);
  EXPECT_THAT(world.shown, SizeIs(2));
  EXPECT_TRUE(world.follower.status().synced);
  EXPECT_TRUE(world.follower.status().connected);
  EXPECT_EQ(world.shown.at({"F", "w.1"}).framework, "marathon");
  EXPECT_EQ(world.shown.at({"F", "w.1"}).agent_addresses.at(0).to_string(), "10.0.1.1");
  EXPECT_THAT(world.asked(), UnorderedElementsAre("GET_MASTER", "/frameworks"));
}

TEST(Connecting, TakesAHeartbeatAheadOfTheState) {
  World world;
  world.accept();
  world.heartbeat();
  world.record(R"({"type":"SUBSCRIBED","subscribed":{"get_state":{}}})");
  EXPECT_EQ(world.resets, 1);
}

TEST(Connecting, LeavesAMasterThatSendsNoState) {
  World world;
  world.accept();
  world.heartbeat();
  world.heartbeat();
  EXPECT_FALSE(world.stream);
  EXPECT_THAT(world.follower.status().last_error, HasSubstr("no state"));
}

TEST(Connecting, FollowsTheMasterThatLeads) {  // Fact 19.
  World world;
  world.head(307, {{"Location", "//10.0.0.2:5050/master/api/v1"}});
  ASSERT_TRUE(world.stream);
  EXPECT_EQ(world.stream->url.authority(), "10.0.0.2:5050");
  EXPECT_EQ(world.stream->request.target, "/master/api/v1");
  EXPECT_EQ(world.stream->request.method, "POST");
  world.subscribe(state_body({.tasks = kTwo}));
  EXPECT_EQ(world.gets.front().url.authority(), "10.0.0.2:5050");
}

TEST(Connecting, AsksTheNextMasterWhenNoneLeads) {  // Fact 19: 503.
  World world(default_options(), {"http://10.0.0.1:5050", "http://10.0.0.2:5050"});
  const std::string first = world.stream->url.authority();
  world.head(503);
  EXPECT_FALSE(world.stream);
  EXPECT_THAT(world.follower.status().last_error, HasSubstr("no master leads"));
  world.advance(150ms);
  ASSERT_TRUE(world.stream);
  EXPECT_NE(world.stream->url.authority(), first);
}

TEST(Connecting, KeepsAskingWhileRedirectsLeadToTheDead) {  // Fact 19: until its session ends.
  World world;
  for (int i = 0; i < 10; ++i) {
    world.head(307, {{"Location", "//10.0.0.9:5050/api/v1"}});
    world.cut();
    EXPECT_FALSE(world.stream);
    world.advance(23s);
    EXPECT_TRUE(world.stream);
  }
  world.subscribe(state_body({.tasks = kTwo}));
  EXPECT_THAT(world.shown, SizeIs(2));
}

TEST(Connecting, WaitsLessAgainOnceAMasterWasGood) {
  World world;
  for (int i = 0; i < 8; ++i) {
    world.cut();
    world.advance(23s);
  }
  world.subscribe(state_body({.tasks = kTwo}));
  world.cut();
  world.advance(150ms);
  EXPECT_TRUE(world.stream);
}

TEST(Connecting, LeavesASilentMaster) {  // Fact 18: frozen, its connection stays open.
  World world;
  world.subscribe(state_body({.tasks = kTwo}));
  world.advance(44s);
  EXPECT_TRUE(world.stream);
  world.advance(1s);
  EXPECT_THAT(world.log, Contains(HasSubstr("no byte for 45 s")));
  EXPECT_THAT(world.shown, SizeIs(2));
}

TEST(Connecting, TrustsTheSilenceOfMastersWithoutHeartbeats) {
  World world;
  world.accept();
  world.record(R"({"type":"SUBSCRIBED","subscribed":{"get_state":{)" + state_body({.tasks = kTwo}) +
               "}}}");
  for (int i = 0; i < 60; ++i) {
    world.advance(10s);
    while (world.answer("GET_AGENTS", agents_answer(agent_body()))) {
    }
    while (world.answer("GET_STATE", state_answer({.tasks = kTwo}))) {
    }
  }
  EXPECT_EQ(world.opened, 1);
}

TEST(Connecting, LeavesAMasterThatAnswersNothingAnyMore) {
  World world;
  world.accept();
  world.record(R"({"type":"SUBSCRIBED","subscribed":{"get_state":{}}})");
  for (int i = 0; i < 3; ++i) {
    world.advance(12s);
    world.fail("GET_AGENTS");
  }
  EXPECT_EQ(world.opened, 1);
  EXPECT_FALSE(world.follower.status().connected);
}

TEST(Connecting, ReadsEachStreamFromItsBeginning) {
  World world;
  world.accept();
  world.bytes("1000\n{\"type\"");  // Fact 18: a master that dies leaves half a record.
  world.cut();
  world.advance(200ms);
  world.subscribe(state_body({.tasks = kTwo}));
  EXPECT_THAT(world.shown, SizeIs(2));
  EXPECT_EQ(world.follower.status().rejected, 0u);
}

TEST(Connecting, HearsNoAnswersOfALostMaster) {
  World world;
  world.subscribe(state_body({.tasks = kTwo}));
  world.advance_beating(15s);
  const Get old = world.gets.back();
  world.cut();
  world.follower.answered(old.id, http::Response{200, {}, agents_answer("")}, world.now);
  EXPECT_THAT(world.shown, SizeIs(2));
}

// ---- The election, by ZooKeeper

TEST(Elected, StartsWhenALeaderIsKnown) {
  World world(default_options(), {});
  world.advance(1h);
  EXPECT_EQ(world.opened, 0);
  world.no_leader();
  world.led_by("http://10.0.0.3:5050");
  ASSERT_TRUE(world.stream);
  EXPECT_EQ(world.stream->url.authority(), "10.0.0.3:5050");
  world.subscribe(state_body({.tasks = kTwo}));
  EXPECT_THAT(world.shown, SizeIs(2));
}

TEST(Elected, GoesToTheNextLeaderAtOnce) {
  World world(default_options(), {});
  world.led_by("http://10.0.0.3:5050");
  world.subscribe(state_body({.tasks = kTwo}));
  world.led_by("http://10.0.0.3:5050");
  EXPECT_EQ(world.opened, 1);
  world.no_leader();
  EXPECT_TRUE(world.stream);  // It may be that only ZooKeeper is gone.
  world.led_by("http://10.0.0.4:5050");
  EXPECT_EQ(world.opened, 2);
  EXPECT_EQ(world.stream->url.authority(), "10.0.0.4:5050");
  EXPECT_THAT(world.shown, SizeIs(2));
}

TEST(Elected, GoesOnWithTheLastLeaderWhileNobodySaysWhoLeads) {
  World world(default_options(), {});
  world.led_by("http://10.0.0.3:5050");
  world.subscribe(state_body({.tasks = kTwo}));
  world.no_leader();
  world.cut();
  world.advance(150ms);
  ASSERT_TRUE(world.stream);
  EXPECT_EQ(world.stream->url.authority(), "10.0.0.3:5050");
}

TEST(Connecting,
     BelievesNoStateThatMentionsNothing) {  // Fact 21: it may be that we may see nothing.
  World world;
  world.subscribe(state_body({.tasks = kTwo}));
  world.cut();
  world.advance(1s);
  world.subscribe(state_body({.agents = "", .frameworks = ""}));
  for (int i = 0; i < 10; ++i) {
    world.advance_beating(2min);
    world.answer("GET_STATE", state_answer({.agents = "", .frameworks = ""}));
  }
  EXPECT_THAT(world.shown, SizeIs(2));
  EXPECT_THAT(world.log, Contains(HasSubstr("this principal may see none")));
  world.advance_beating(2min);
  world.answer("GET_STATE", state_answer({.tasks = task_body({.id = "w.1"})}));
  EXPECT_EQ(world.shown_state("w.1"), "running");
}

// ---- After a restart

World restarted(const std::string& tasks) {
  World before;
  before.subscribe(state_body({.tasks = tasks}));
  return World(default_options(), {"http://10.0.0.1:5050"}, 1, {.shown = before.shown});
}

TEST(Restart, UnderANewMasterWaitsForTheAgents) {
  World world = restarted(kTwo);
  world.subscribe(state_body({.agents = "", .recovered = R"({"id":{"value":"A"}})"}));
  EXPECT_EQ(world.resets, 1);
  EXPECT_THAT(world.shown, SizeIs(2));
  world.record(agent_added(agent_body()));
  world.record(task_added({.id = "w.1"}));
  world.advance_beating(20s);
  ASSERT_TRUE(world.answer("GET_STATE", state_answer({.tasks = task_body({.id = "w.1"})})));
  EXPECT_EQ(world.shown_state("w.1"), "running");
  world.advance_beating(2min);
  EXPECT_EQ(world.shown_state("w.2"), "none");
}

TEST(Restart, WaitsTenMinutesForAnAgentThatDoesNotComeBack) {
  World world = restarted(kTwo);
  world.subscribe(state_body({.agents = "", .recovered = R"({"id":{"value":"A"}})"}));
  world.advance_beating(9min);
  EXPECT_THAT(world.shown, SizeIs(2));
  world.advance_beating(2min);
  EXPECT_THAT(world.shown, testing::IsEmpty());
}

TEST(Restart, DropsWhatTheMasterMustKnowAndDoesNotMention) {
  World world = restarted(join({kTwo, task_body({.id = "w.3"})}));
  world.subscribe(state_body({.tasks = kTwo}));
  EXPECT_THAT(world.shown, SizeIs(2));
  EXPECT_EQ(world.shown_state("w.3"), "none");
}

TEST(Restart, DropsATaskWhoseEndIsTold) {
  World world = restarted(kTwo);
  world.subscribe(state_body({.agents = "", .recovered = R"({"id":{"value":"A"}})"}));
  world.record(task_updated({.id = "w.1", .state = "FAILED"}));
  EXPECT_EQ(world.shown_state("w.1"), "none");
  EXPECT_EQ(world.shown_state("w.2"), "running");
}

// ---- Bad input

TEST(BadInput, IsCountedReportedOnceAndRepaired) {
  World world;
  world.subscribe(state_body({.tasks = kTwo}));
  world.advance_beating(20s);
  const std::size_t lines = world.log.size();
  world.record("{");
  world.record(task_added({.id = "w.3", .state = "DANCING"}));
  world.record("{");
  world.record(task_added({.id = "w.4"}));
  EXPECT_EQ(world.follower.status().rejected, 3u);
  EXPECT_EQ(std::set<std::string>(world.log.begin() + lines, world.log.end()).size(), 2u);
  EXPECT_EQ(world.shown_state("w.4"), "running");
  EXPECT_THAT(world.asked(), Contains("GET_STATE"));
}

TEST(BadInput, DoesNotMakeItAskForEverythingAllTheTime) {
  World world;
  world.subscribe(state_body({.tasks = kTwo}));
  int asked = 0;
  for (int i = 0; i < 60; ++i) {
    world.record("{");
    world.advance(1s);
    asked += world.answer("GET_STATE", state_answer({.tasks = kTwo})) ? 1 : 0;
  }
  EXPECT_GE(asked, 3);
  EXPECT_LE(asked, 4);
}

TEST(BadInput, OfAnOversizedRecordIsSkipped) {
  World world;
  world.subscribe(state_body({.tasks = kTwo}));
  world.record(std::string(2 << 20, 'x'));
  world.record(task_updated({.id = "w.1", .state = "KILLING"}));
  EXPECT_EQ(world.follower.status().rejected, 1u);
  EXPECT_EQ(world.shown_state("w.1"), "killing");
}

TEST(BadInput, OfAnOversizedStateNamesTheOption) {
  World world;
  world.accept();
  world.bytes(framed(std::string(2 << 20, 'x')));
  EXPECT_FALSE(world.stream);
  EXPECT_THAT(world.follower.status().last_error, HasSubstr("mesos.max_record_bytes"));
}

TEST(BadInput, WithoutALengthEndsTheStream) {
  World world;
  world.subscribe(state_body({.tasks = kTwo}));
  world.bytes("<html>\n");
  EXPECT_FALSE(world.stream);
  world.advance(200ms);
  EXPECT_TRUE(world.stream);
  EXPECT_THAT(world.shown, SizeIs(2));
}

TEST(BadInput, InsteadOfTheStateIsTriedAgain) {
  World world;
  world.accept();
  world.bytes(framed("{") + framed("{") + "x\n");
  EXPECT_FALSE(world.stream);
  EXPECT_EQ(world.follower.status().reconnects, 1u);
  world.advance(200ms);
  world.subscribe(state_body({.tasks = kTwo}));
  EXPECT_THAT(world.shown, SizeIs(2));
}

TEST(BadInput, OfOneTaskKeepsWhatIsKnownOfIt) {
  World world;
  world.subscribe(state_body({.tasks = kTwo}));
  world.advance_beating(150s);
  ASSERT_TRUE(world.answer("GET_STATE",
                           state_answer({.tasks = join({task_body({.id = "w.1", .state = "?"}),
                                                        task_body({.id = "w.2"})})})));
  EXPECT_EQ(world.shown_state("w.1"), "running");
  EXPECT_THAT(world.log.back(), HasSubstr("task 'w.1' skipped"));
}

}  // namespace
}  // namespace watcher::mesos
