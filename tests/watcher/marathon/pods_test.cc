// Pods: several tasks side by side, with endpoints instead of ports.

#include <gmock/gmock.h>

#include "tests/watcher/marathon/bodies.h"
#include "tests/watcher/marathon/world.h"
#include "watcher/marathon/parse.h"

namespace watcher::marathon {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::string kWeb =
    R"({"name":"web","endpoints":[{"name":"http","containerPort":80,"hostPort":0,)"
    R"("protocol":["tcp"],"labels":{"VIP_0":"/cart:80"}}]})";

struct PodBody {
  std::string version = "v1";
  std::string containers = kWeb;                  // Of the definition.
  std::string networks = R"([{"mode":"host"}])";  // Of the definition.
  std::string instances = {};                     // Joined by commas.
};

std::string pod_body(const PodBody& pod) {
  return fmt::format(
      R"({{"id":"/cart","spec":{{"id":"/cart","version":"{}","labels":{{"team":"a"}},)"
      R"("containers":[{}],"networks":{}}},"instances":[{}]}})",
      pod.version,
      pod.containers,
      pod.networks,
      pod.instances);
}

struct InstanceBody {
  std::string uuid = "1";
  std::string version = "v1";
  std::string container = "web";
  std::string status = "RUNNING";
  std::string endpoints = R"({"name":"http","allocatedHostPort":31005})";
  std::string networks = {};
  std::string more = R"("conditions":[])";  // Members of the container.
};

std::string instance_body(const InstanceBody& instance) {
  return fmt::format(
      R"({{"id":"cart.instance-{0}","agentHostname":"10.0.0.7","agentId":"S1","agentRegion":"eu",)"
      R"("agentZone":"eu-1","networks":[{1}],)"
      R"("specReference":"/v2/pods/cart::versions/{2}","containers":[{{"name":"{3}",)"
      R"("containerId":"cart.instance-{0}.{3}","status":"TASK_{4}","endpoints":[{5}],{6}}}]}})",
      instance.uuid,
      instance.networks,
      instance.version,
      instance.container,
      instance.status,
      instance.endpoints,
      instance.more);
}

http::Response pods_answer(const std::string& pods) { return {200, {}, "[" + pods + "]"}; }

const std::string kTask = "cart.instance-1.web";

/// A world that is live and has this pod.
class PodWorld : public World {
 public:
  explicit PodWorld(const PodBody& pod) {
    pods = pods_answer(pod_body(pod));
    sync("");
  }
};

// ---- What a status says

TEST(Pods, OfferTheEndpointsOfTheirContainers) {
  const PodWorld world({.instances = instance_body({})});
  ASSERT_EQ(world.shown_state(kTask), "running");
  const Task& task = world.shown.at(kTask);
  EXPECT_EQ(task.app, "/cart");
  EXPECT_EQ(task.name, "web");
  EXPECT_EQ(task.discovery_name, "cart");
  EXPECT_EQ(task.agent_id, "S1");
  EXPECT_EQ(task.region, "eu");
  EXPECT_EQ(task.zone, "eu-1");
  EXPECT_EQ(task.labels->at("team"), "a");
  ASSERT_THAT(task.ports, SizeIs(1));
  EXPECT_EQ(task.ports.front().labels->at("VIP_0"), "/cart:80");
  EXPECT_EQ(endpoints_of(task, task.ports.front()).front().to_string(), "10.0.0.7:31005");
}

TEST(Pods, GiveEachContainerItsOwnEndpoints) {
  const std::string both = kWeb + R"(,{"name":"db","endpoints":[{"name":"sql","hostPort":0}]})";
  std::string instance = instance_body({});
  instance.insert(instance.rfind("]}"),
                  R"(,{"name":"db","containerId":"cart.instance-1.db","status":"TASK_RUNNING",)"
                  R"("endpoints":[{"name":"sql","allocatedHostPort":31006}]})");
  const PodWorld world({.containers = both, .instances = instance});
  ASSERT_THAT(world.shown, SizeIs(2));
  const Task& db = world.shown.at("cart.instance-1.db");
  ASSERT_THAT(db.ports, SizeIs(1));
  EXPECT_EQ(db.ports.front().name, "sql");
  EXPECT_EQ(db.ports.front().port, 31006);
  EXPECT_EQ(world.shown.at(kTask).ports.front().port, 31005);
}

TEST(Pods, OnSeveralNetworksAreReachedOnTheOneAnEndpointNames) {
  const PodWorld world(
      {.containers = R"({"name":"web","endpoints":[{"name":"http","containerPort":80,)"
                     R"("networkNames":["back"]},{"name":"any","containerPort":81}]})",
       .networks = R"([{"mode":"container","name":"front"},{"mode":"container","name":"back"}])",
       .instances = instance_body({.endpoints = R"({"name":"http"},{"name":"any"})",
                                   .networks = R"({"name":"front","addresses":["10.1.0.1"]},)"
                                               R"({"name":"back","addresses":["10.2.0.1"]})"})});
  const Task& task = world.shown.at(kTask);
  ASSERT_THAT(task.ports, SizeIs(2));
  const auto http = endpoints_of(task, task.ports[0]);
  ASSERT_THAT(http, SizeIs(1));
  EXPECT_EQ(http.front().to_string(), "10.2.0.1:80");
  EXPECT_THAT(endpoints_of(task, task.ports[1]), SizeIs(2));
}

TEST(Pods, WithoutAHostPortAreNowhereOnHostAndBridge) {
  for (const char* mode : {"host", "container/bridge"}) {
    const PodWorld world(
        {.containers = R"({"name":"web","endpoints":[{"name":"http","containerPort":80}]})",
         .networks = fmt::format(R"([{{"mode":"{}"}}])", mode),
         .instances = instance_body({.endpoints = R"({"name":"http"})"})});
    EXPECT_THAT(world.shown.at(kTask).ports, IsEmpty()) << mode;
  }
}

TEST(Pods, AreHealthyByTheWordOfConditionsOrEndpoints) {
  const std::string checked = R"({"name":"web","healthCheck":{},"endpoints":[]})";
  const auto state = [&](const std::string& containers, const InstanceBody& instance) {
    return PodWorld({.containers = containers, .instances = instance_body(instance)})
        .shown_state(kTask);
  };
  const auto with = [](const std::string& more, const std::string& endpoints) {
    return InstanceBody{.endpoints = endpoints, .more = more};
  };
  EXPECT_EQ(state(checked, with(R"("conditions":[{"name":"healthy","value":"true"}])", "")),
            "running passing");
  EXPECT_EQ(state(checked, with(R"("conditions":[{"name":"healthy","value":"false"}])", "")),
            "running failing");
  EXPECT_EQ(state(checked, with(R"("x":0)", R"({"name":"http","healthy":true})")),
            "running passing");
  EXPECT_EQ(state(checked, with(R"("x":0)", "")), "running unknown");
  EXPECT_EQ(state(kWeb, with(R"("x":0)", "")), "running");
}

TEST(Pods, ThatMakeNoSenseAreSkippedOneByOne) {
  const auto answer = parse_pods(
      R"([{"id":"cart","spec":{}},{"id":"/b"},{"id":"/c","spec":{},"instances":[{"containers":[)"
      R"({"name":"x","containerId":"t1","status":"TASK_DREAMING"},)"
      R"({"name":"y","containerId":"t2","status":"TASK_RUNNING",)"
      R"("endpoints":[{"allocatedHostPort":99999}]},)"
      R"({"name":"z","containerId":"t3","status":"TASK_RUNNING"}]}]}])");
  ASSERT_TRUE(answer);
  ASSERT_THAT(answer->apps, SizeIs(1));
  EXPECT_THAT(answer->rejected, SizeIs(4));
  EXPECT_THAT(answer->apps.front().unread, ElementsAre("t1", "t2"));
  EXPECT_EQ(answer->apps.front().tasks.front().id, "t3");
  EXPECT_FALSE(parse_pods("{}"));
  EXPECT_FALSE(parse_pod("[]"));
}

TEST(Pods, TakeTheLongestGraceOfTheirContainers) {
  const auto definition = parse_pod_version(
      R"({"id":"/p","containers":[{"lifecycle":{"killGracePeriodSeconds":9.5}},{}]})");
  ASSERT_TRUE(definition);
  EXPECT_EQ((*definition)->kill_grace, 9500ms);
}

// ---- How they are followed

TEST(Pods, AreAwaitedBeforeTheStateIsDelivered) {
  World world;
  world.pods = common::fail(common::ErrorCode::Timeout, "not done in time");
  world.sync(web({"w.1"}));
  EXPECT_EQ(world.resets, 0);
  EXPECT_THAT(world.follower.status().last_error, HasSubstr("the list of pods failed"));
}

TEST(Pods, ThatCannotBeListedDoNotKeepAppsAwayForLong) {
  World world;
  world.pods = http::Response{503, {}, ""};
  for (int i = 0; i < 4 && world.resets == 0; ++i) {
    world.advance(5s);
    world.sync(web({"w.1"}));
  }
  EXPECT_EQ(world.resets, 1);
  EXPECT_EQ(world.shown_state("w.1"), "running");
  world.pods = pods_answer(pod_body({.instances = instance_body({})}));
  world.advance(10s);
  EXPECT_EQ(world.shown_state(kTask), "running");
}

TEST(Pods, OfServersThatKnowNoneAreNone) {
  for (const http::Response& answer : {http::Response{404, {}, ""},
                                       http::Response{405, {}, ""},
                                       http::Response{500, {}, R"({"message":"URI not found"})"}}) {
    World world;
    world.pods = answer;
    world.sync(web({"w.1"}));
    EXPECT_EQ(world.resets, 1) << answer.status;
  }
}

TEST(Pods, DrainAtTheFirstSignAsAppsDo) {
  PodWorld world({.instances = instance_body({})});
  world.event(status_event({.id = kTask, .state = "KILLING", .app = "/cart"}));
  EXPECT_EQ(world.shown_state(kTask), "killing");
  world.event(status_event({.id = kTask, .state = "KILLED", .app = "/cart"}));
  EXPECT_EQ(world.shown_state(kTask), "none");
}

TEST(Pods, AreAskedForByTheirOwnResource) {
  PodWorld world({.instances = instance_body({})});
  world.event(status_event({.id = "cart.instance-2.web", .app = "/cart"}));
  EXPECT_EQ(world.shown_state("cart.instance-2.web"), "none");  // Its events hold no ports.
  ASSERT_THAT(world.asked(), ElementsAre("/v2/pods/cart::status"));
  world.answer("/v2/pods/cart::status",
               pod_body({.instances = instance_body({}) + "," + instance_body({.uuid = "2"})}));
  EXPECT_EQ(world.shown_state("cart.instance-2.web"), "running");
}

TEST(Pods, ThatAreNewAreFoundWhereNoAppIs) {
  World world;
  world.sync("");
  world.event(hint("instance_changed_event", "/cart"));
  world.advance(100ms);
  ASSERT_TRUE(world.answer("/v2/apps/cart", "{}", 404));
  ASSERT_TRUE(world.answer("/v2/pods/cart::status", pod_body({.instances = instance_body({})})));
  EXPECT_EQ(world.shown_state(kTask), "running");
  EXPECT_THAT(world.gets, IsEmpty());
}

TEST(Pods, ThatAreGoneDrain) {
  PodWorld world({.instances = instance_body({})});
  world.event(R"({"eventType":"pod_deleted_event","uri":"/v2/pods/cart"})");
  ASSERT_TRUE(world.answer("/v2/pods/cart::status", "{}", 404));
  EXPECT_EQ(world.shown_state(kTask), "killing");
  world.advance(34s);
  EXPECT_EQ(world.shown_state(kTask), "none");
}

TEST(Pods, AreNotMissedInAListOfApps) {
  PodWorld world({.instances = instance_body({})});
  for (int i = 0; i < 8; ++i) {
    world.advance(18s);
    world.heartbeat();
  }
  ASSERT_TRUE(world.answer("/v2/apps", R"({"apps":[]})"));
  EXPECT_EQ(world.shown_state(kTask), "running");
}

TEST(Pods, GiveOldInstancesTheirOldEndpoints) {
  World world;
  world.pods = pods_answer(pod_body({.version = "v2", .instances = instance_body({})}));
  world.sync("");
  ASSERT_THAT(world.asked(), ElementsAre("/v2/pods/cart::versions/v1"));
  EXPECT_EQ(world.resets, 0);
  world.answer("/v2/pods/cart::versions/v1",
               R"({"id":"/cart","containers":[{"name":"web","endpoints":[)"
               R"({"name":"old","hostPort":0}]}]})");
  ASSERT_EQ(world.shown_state(kTask), "running");
  EXPECT_EQ(world.shown.at(kTask).ports.front().name, "old");
}

TEST(Pods, OfAGroupAreReadWhenTheirVersionIsNew) {
  PodWorld world({.instances = instance_body({})});
  world.event(R"({"eventType":"pod_created_event","uri":"/v2/pods"})");
  ASSERT_TRUE(world.answer(
      "/v2/groups",
      R"({"id":"/","pods":[{"id":"/cart","version":"v1"},{"id":"/new","version":"v9"}]})"));
  EXPECT_THAT(world.asked(), ElementsAre("/v2/apps/new"));
}

}  // namespace
}  // namespace watcher::marathon
