#include "watcher/locality.h"

#include <gtest/gtest.h>

namespace watcher {
namespace {

using config::PreferLocal;

IpAddress ip(const char* text) { return *IpAddress::parse(text); }

Task task_at(const char* agent, const char* region, const char* zone) {
  Task task;
  task.agent_addresses = {ip(agent)};
  task.region = region;
  task.zone = zone;
  return task;
}

const config::Node host{
    .addresses = {ip("10.0.0.1"), ip("fd00::1")}, .region = "eu", .zone = "eu-1"};

TEST(Nearness, IsTheAgentsWhenAnyAddressIsTheHosts) {
  EXPECT_EQ(nearness(task_at("10.0.0.1", "", ""), host), Nearness::Agent);
  EXPECT_EQ(nearness(task_at("fd00::1", "us", "us-1"), host), Nearness::Agent);
  EXPECT_EQ(nearness(task_at("10.0.0.2", "us", "us-1"), host), Nearness::Elsewhere);
}

TEST(Nearness, IsNotToldByTheAddressOfTheTaskItself) {
  Task task = task_at("10.0.0.2", "", "");
  task.addresses = {ip("10.0.0.1")};
  EXPECT_EQ(nearness(task, host), Nearness::Elsewhere);
}

TEST(Nearness, OfAZoneNeedsTheSameRegion) {
  EXPECT_EQ(nearness(task_at("10.0.0.2", "eu", "eu-1"), host), Nearness::Zone);
  EXPECT_EQ(nearness(task_at("10.0.0.2", "us", "eu-1"), host), Nearness::Elsewhere);
  EXPECT_EQ(nearness(task_at("10.0.0.2", "eu", "eu-2"), host), Nearness::Elsewhere);
}

TEST(Nearness, OfAZoneIsTheZonesAloneWhereTheHostKnowsNoRegion) {
  const config::Node zoned{.addresses = {}, .region = "", .zone = "eu-1"};
  EXPECT_EQ(nearness(task_at("10.0.0.2", "eu", "eu-1"), zoned), Nearness::Zone);
}

TEST(Nearness, IsNobodysZoneWhereTheHostHasNone) {
  EXPECT_EQ(nearness(task_at("10.0.0.2", "", ""), {}), Nearness::Elsewhere);
  EXPECT_EQ(nearness(Task{}, {}), Nearness::Elsewhere);
}

TEST(Preference, RanksByWhatIsPreferred) {
  const Task here = task_at("10.0.0.1", "eu", "eu-1");
  const Task zone = task_at("10.0.0.2", "eu", "eu-1");
  EXPECT_EQ(preference(here, host, PreferLocal::Off), Nearness::Elsewhere);
  EXPECT_EQ(preference(here, host, PreferLocal::Agent), Nearness::Agent);
  EXPECT_EQ(preference(zone, host, PreferLocal::Agent), Nearness::Zone);
}

/// A task on the host is no better than another in the zone, but never worse: hosts of no zone
/// prefer at least their own.
TEST(Preference, ForTheZoneCountsTheHostToIt) {
  const Task here = task_at("10.0.0.1", "", "");
  const Task zone = task_at("10.0.0.2", "eu", "eu-1");
  EXPECT_EQ(preference(here, host, PreferLocal::Zone), Nearness::Zone);
  EXPECT_EQ(preference(zone, host, PreferLocal::Zone), Nearness::Zone);
}

}  // namespace
}  // namespace watcher
