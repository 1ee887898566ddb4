#include "admin/names.h"

#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "tests/dnsd/zone/tasks.h"

namespace admin {
namespace {

namespace json = boost::json;
using dnsd::testing::ip;
using dnsd::testing::sample_task;

/// An app of 60 tasks with a VIP, and another of one.
class Names : public ::testing::Test {
 protected:
  Names() {
    watcher::Catalog::Options options;
    options.sources = {"marathon"};
    options.vips.pool = common::Ipv4Prefix::parse("11.0.0.0/8").value();
    watcher::Catalog catalog(options);
    dnsd::ZoneBuilder builder(view.names);
    zones_.publish(builder.apply(catalog.apply({watcher::Reset{"marathon", tasks()}})));
    catalog_.publish(std::make_shared<const watcher::Snapshot>(catalog.snapshot()));
  }

  static std::vector<watcher::Task> tasks() {
    std::vector<watcher::Task> all{sample_task("alone", "db")};
    for (int i = 0; i < 60; ++i) {
      all.push_back(sample_task("web." + std::to_string(i)));
      watcher::TaskPort port{.port = 31000};
      port.labels = watcher::SharedLabels(watcher::Labels{{"VIP_0", "/web:80"}});
      all.back().ports = {port};
    }
    return all;
  }

  static config::Settings settings() {
    config::Settings settings;
    settings.dns.listen = {{ip("0.0.0.0"), 53}, {ip("10.0.0.3"), 5300}};
    return settings;
  }

  static dnsd::ZoneOptions zone_options() {
    dnsd::ZoneOptions options;
    options.naming.own_addresses = {ip("10.0.0.2"), ip("fd01::2")};
    return options;
  }

 private:
  common::Published<dnsd::Zone> zones_{dnsd::ZoneBuilder({}).current()};
  common::Published<watcher::Snapshot> catalog_{std::make_shared<const watcher::Snapshot>()};

 protected:
  MesosDnsView view{zones_, catalog_, zone_options(), settings()};
};

std::vector<std::string> listed(const json::value& told) {
  std::vector<std::string> names;
  for (const json::value& name : told.at("names").as_array()) {
    names.push_back(std::string(name.at("name").as_string()) + " " +
                    std::string(name.at("type").as_string()));
  }
  return names;
}

TEST_F(Names, BeginWithThoseOfMostTasksAndEndSomewhere) {
  const auto told = describe_names(view, "/web", "marathon");
  ASSERT_TRUE(told);
  const auto names = listed(*told);
  EXPECT_EQ(names.size(), 100U);
  EXPECT_EQ(names[0], "web.marathon.mesos. A");
  EXPECT_THAT(names, ::testing::Contains("_web._tcp.marathon.mesos. SRV"));
  EXPECT_GT(told->at("more").as_uint64(), 0U);
  EXPECT_EQ(told->at("names").at(0).at("values"), json::parse(R"(["10.0.0.1"])"));
}

TEST_F(Names, AreThoseOfTheAppAlone) {
  const auto told = describe_names(view, "/db", "");
  ASSERT_TRUE(told);
  EXPECT_EQ(told->at("framework").as_string(), "marathon");
  EXPECT_EQ(told->at("more").as_uint64(), 0U);
  for (const std::string& name : listed(*told)) EXPECT_THAT(name, ::testing::HasSubstr("db"));
}

TEST_F(Names, OfNobodyAreNothing) {
  EXPECT_FALSE(describe_names(view, "/none", ""));
  EXPECT_FALSE(describe_names(view, "/web", "chronos"));
}

TEST_F(Names, AreAskedForWhereDnsdListens) {
  const auto told = describe_names(view, "/db", "");
  EXPECT_EQ(told->at("servers"),
            json::parse(
                R"([{"address": "10.0.0.2", "port": 53}, {"address": "10.0.0.3", "port": 5300}])"));
}

}  // namespace
}  // namespace admin
