#include "minimarathon/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace minimarathon {
namespace {

using testing::ElementsAre;

App app(const std::string& id, const std::string& version, std::uint16_t service_port = 0) {
  App app;
  app.id = id;
  app.version = version;
  app.ports.push_back({.service_port = service_port});
  return app;
}

TEST(Store, KeepsTheLastFiftyVersions) {
  Store store;
  for (int i = 0; i < 60; ++i) store.put(app("/a", std::to_string(i)));
  EXPECT_EQ(store.find("/a")->version, "59");
  EXPECT_EQ(store.versions("/a").size(), 50U);
  EXPECT_TRUE(store.version("/a", "10"));
  EXPECT_FALSE(store.version("/a", "9"));
}

TEST(Store, MakesGroupsOfWhatIsPutIntoThem) {
  Store store;
  store.put(app("/shop/web/front", "v1"));
  store.put(app("/shop/cart", "v2"));
  EXPECT_THAT(store.groups_in("/"), ElementsAre("/shop"));
  EXPECT_THAT(store.groups_in("/shop"), ElementsAre("/shop/web"));
  EXPECT_EQ(store.group_version("/shop/web"), "v1");
  EXPECT_EQ(store.group_version("/shop"), "v2");
  EXPECT_EQ(store.group_version("/"), "v2");
  EXPECT_FALSE(store.has_group("/shop/cart"));
}

TEST(Store, GroupsOutliveTheirAppsUntilTheyAreRemoved) {
  Store store;
  store.put(app("/shop/web/front", "v1"));
  store.remove("/shop/web/front", "v2");
  EXPECT_FALSE(store.find("/shop/web/front"));
  EXPECT_TRUE(store.has_group("/shop/web"));
  store.remove_group("/shop", "v3");
  EXPECT_FALSE(store.has_group("/shop/web"));
  EXPECT_EQ(store.group_version("/"), "v3");
}

TEST(Store, GivesEachFreeServicePortOnce) {
  Store store;
  store.put(app("/a", "v1", 10001));
  const ServicePortSource ports = store.service_ports();
  EXPECT_EQ(ports(), 10000);
  EXPECT_EQ(ports(), 10002);
}

TEST(Store, SaysWhenNoServicePortIsLeft) {
  Store store;
  const ServicePortSource ports = store.service_ports();
  for (int i = 10000; i <= 20000; ++i) ASSERT_EQ(ports(), i);
  EXPECT_EQ(ports(), 0);
}

}  // namespace
}  // namespace minimarathon
