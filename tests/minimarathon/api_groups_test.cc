#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "world.h"

// /v2/groups

namespace minimarathon {
namespace {

using testing::ElementsAre;

constexpr const char* kShop = R"({"id": "/shop", "groups": [
    {"id": "web", "apps": [{"id": "front", "cmd": "sleep 9", "instances": 0},
                           {"id": "/shop/web/back", "cmd": "sleep 9", "instances": 0}]},
    {"id": "db", "apps": [{"id": "main", "cmd": "sleep 9", "instances": 0}]}]})";

std::vector<std::string> app_ids(World& world) {
  std::vector<std::string> ids;
  const json::value apps = world.get("/v2/apps").at("apps");
  for (const json::value& app : apps.as_array()) ids.emplace_back(app.at("id").as_string());
  return ids;
}

TEST(ApiGroups, CreatesNestedGroupsInOneDeployment) {
  World world;
  const http::Response created = world.call("POST", "/v2/groups", kShop);
  EXPECT_EQ(created.status, 201);
  EXPECT_EQ(http::find_header(created.headers, "Location"), "/v2/groups/shop");
  EXPECT_EQ(json::parse(created.body).at("deploymentId"),
            json_text(http::find_header(created.headers, "Marathon-Deployment-Id")));
  world.await_end_of(created);
  EXPECT_THAT(app_ids(world), ElementsAre("/shop/db/main", "/shop/web/back", "/shop/web/front"));
  const json::value group = world.get("/v2/groups/shop");
  EXPECT_EQ(group.at("groups").at(1).at("id"), "/shop/web");
  EXPECT_EQ(group.at("groups").at(1).at("apps").at(1).at("id"), "/shop/web/front");
  EXPECT_EQ(group.at("version"), json::parse(created.body).at("version"));
  EXPECT_EQ(world.get("/v2/groups").at("groups").at(0).at("id"), "/shop");
}

TEST(ApiGroups, PutDropsWhatItDoesNotList) {
  World world;
  world.deploy("POST", "/v2/groups", kShop);
  world.deploy("PUT",
               "/v2/groups/shop",
               R"({"groups": [{"id": "web", "apps": [{"id": "front", "cmd": "sleep 9",
                                                      "instances": 0}]}]})");
  EXPECT_THAT(app_ids(world), ElementsAre("/shop/web/front"));
  EXPECT_EQ(world.call("GET", "/v2/groups/shop/db").status, 404);
}

TEST(ApiGroups, PutLeavesAloneWhatItDoesNotSpeakOf) {
  World world;
  world.deploy("POST", "/v2/groups", kShop);
  world.deploy(
      "PUT", "/v2/groups/shop", R"({"apps": [{"id": "new", "cmd": "x", "instances": 0}]})");
  EXPECT_EQ(app_ids(world).size(), 4U);
}

TEST(ApiGroups, ScalesEverythingInside) {
  World world;
  world.deploy("POST", "/v2/apps", sleeper("/shop/web", R"("instances": 2)"));
  world.deploy("PUT", "/v2/groups/shop", R"({"scaleBy": 1.5})");
  EXPECT_EQ(world.app("/shop/web").at("instances"), 3);
}

TEST(ApiGroups, DeletesEverythingInside) {
  World world;
  world.deploy("POST", "/v2/groups", kShop);
  world.deploy("DELETE", "/v2/groups/shop", "");
  EXPECT_THAT(app_ids(world), ElementsAre());
  EXPECT_EQ(world.call("GET", "/v2/groups/shop").status, 404);
}

TEST(ApiGroups, AnEmptyGroupIsDeployedAtOnce) {
  World world;
  world.deploy("POST", "/v2/groups", R"({"id": "/empty"})");
  EXPECT_EQ(world.get("/v2/deployments").as_array().size(), 0U);
  world.deploy("DELETE", "/v2/groups/empty", "");
}

TEST(ApiGroups, Refuses) {
  World world;
  world.deploy("POST", "/v2/groups", kShop);
  EXPECT_EQ(world.call("POST", "/v2/groups", kShop).status, 409);
  EXPECT_EQ(world.call("POST", "/v2/groups", R"({"id": "/Shop"})").status, 422);
  EXPECT_EQ(world.call("POST", "/v2/groups", R"({"id": "/a", "apps": {}})").status, 422);
  EXPECT_EQ(world.call("POST", "/v2/groups", R"({"id": "/a", "apps": [{"id": "b"}]})").status, 422);
  EXPECT_EQ(world
                .call("POST", "/v2/groups", R"({"id": "/a", "apps": [{"id": "b", "cmd": "x"}],
                                                "groups": [{"id": "b"}]})")
                .status,
            422);
  EXPECT_EQ(world.call("PUT", "/v2/groups/shop", R"({"version": "2016"})").status, 422);
  EXPECT_EQ(world.call("GET", "/v2/groups/a").status, 404);
  EXPECT_EQ(world.call("DELETE", "/v2/groups/a").status, 404);
}

}  // namespace
}  // namespace minimarathon
