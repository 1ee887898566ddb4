#include "admin/explain.h"

#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "admin/server.h"
#include "tests/dnsd/zone/tasks.h"

namespace admin {
namespace {

namespace json = boost::json;
using dnsd::testing::ip;
using dnsd::testing::sample_task;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// A task with one port behind the VIP /NAME:80.
watcher::Task task_behind_vip(const std::string& id, const std::string& name, const char* agent) {
  watcher::Task task = sample_task(id, name);
  task.agent_addresses = {ip(agent)};
  watcher::TaskPort port;
  port.port = 31000;
  port.labels = watcher::Labels{{"VIP_0", "/" + name + ":80"}};
  task.ports = {port};
  return task;
}

class Explain : public ::testing::Test {
 protected:
  Explain() {
    settings.dns.health = config::DnsHealth::PreferPassing;
    settings.probe.enabled = true;
    catalog_options.sources = {"marathon"};
    catalog_options.vips.pool = pool;
  }

  void know(std::vector<watcher::Task> tasks) {
    if (!catalog) catalog.emplace(catalog_options);
    zones.publish(builder.apply(catalog->apply({watcher::Reset{"marathon", std::move(tasks)}})));
    snapshots.publish(std::make_shared<const watcher::Snapshot>(catalog->snapshot()));
  }

  http::Response get(const std::string& query) {
    View view{snapshots, sources, {}};
    view.mesos_dns.emplace(MesosDnsView{zones, snapshots, names, settings});
    view.explain.emplace(ExplainView{settings, pool, failures});
    return explain_page(view, {.target = "/v1/explain?" + query});
  }
  json::object explained(const std::string& query) {
    const auto response = get(query);
    EXPECT_EQ(response.status, 200) << response.body;
    return json::parse(response.body).as_object();
  }
  /// What is said of the member with this data.
  static json::object member(const json::object& told, std::string_view data) {
    for (const json::value& one : told.at("members").as_array()) {
      if (std::string(one.at("data").as_string()) == data) return one.as_object();
    }
    return {};
  }

  config::Settings settings;
  common::Ipv4Prefix pool = common::Ipv4Prefix::parse("11.0.0.0/8").value();
  watcher::Catalog::Options catalog_options;
  std::optional<watcher::Catalog> catalog;
  dnsd::ZoneOptions names;
  dnsd::ZoneBuilder builder{names};
  common::Published<dnsd::Zone> zones{builder.current()};
  common::Published<watcher::Snapshot> snapshots{std::make_shared<const watcher::Snapshot>()};
  common::Published<std::vector<watcher::SourceStatus>> sources{
      std::make_shared<const std::vector<watcher::SourceStatus>>()};
  common::Published<watcher::CheckFailures> failures{
      std::make_shared<const watcher::CheckFailures>()};
};

TEST_F(Explain, SaysNothingOfWhatIsNotKnownYet) {
  EXPECT_EQ(explained("name=web.marathon.mesos").at("outcome"), "servfail");
  EXPECT_EQ(get("").status, 400);
  EXPECT_EQ(get("vip=web.marathon:80").status, 404);
  EXPECT_EQ(get("service=/web").status, 404);
}

TEST_F(Explain, NamesTheTaskOfEachRecord) {
  know({task_behind_vip("a", "web", "10.0.0.1"), task_behind_vip("b", "web", "10.0.0.2")});
  const auto told = explained("name=WEB.marathon.mesos");
  EXPECT_EQ(told.at("answer").as_array().size(), 2U);
  EXPECT_EQ(told.at("ttl_by"), "dns.ttl");
  EXPECT_EQ(member(told, "10.0.0.2").at("task").at("id"), "b");
}

TEST_F(Explain, SaysWhoWasLeftOutByRank) {
  auto draining = task_behind_vip("b", "web", "10.0.0.2");
  draining.ports.front().labels = watcher::Labels{{"SIGNPOST_WEIGHT", "0"}};
  know({task_behind_vip("a", "web", "10.0.0.1"), draining});
  const auto told = explained("name=web.marathon.mesos&type=A");
  EXPECT_EQ(member(told, "10.0.0.1").at("published"), true);
  EXPECT_EQ(member(told, "10.0.0.2").at("published"), false);
  EXPECT_EQ(member(told, "10.0.0.2").at("why"), "it drains: its weight is 0, and others pass");
}

TEST_F(Explain, SaysWhatTheOrchestratorSaid) {
  auto failing = task_behind_vip("b", "web", "10.0.0.2");
  failing.health = watcher::Health::Failing;
  know({task_behind_vip("a", "web", "10.0.0.1"), failing});
  EXPECT_EQ(member(explained("name=web.marathon.mesos"), "10.0.0.2").at("why"),
            "the source marathon says that its health check fails");
}

TEST_F(Explain, TellsWhoHasTheAddressOfACollision) {
  // Both names have the same hash modulo the three addresses that a /30 gives.
  pool = common::Ipv4Prefix::parse("11.0.0.0/30").value();
  catalog_options.vips.pool = pool;
  std::vector<watcher::Task> tasks;
  for (const char* name : {"one", "two", "three", "four"}) {
    tasks.push_back(task_behind_vip(name, name, "10.0.0.1"));
    tasks.back().ports.front().port = static_cast<std::uint16_t>(31000 + tasks.size());
  }
  know(std::move(tasks));
  int collisions = 0;
  for (const std::string name : {"one", "two", "three", "four"}) {
    const auto told = explained("vip=" + name + ".marathon:80");
    const std::string why(told.at("address_why").as_string());
    EXPECT_THAT(why, StartsWith("the hash of its name in 11.0.0.0/30"));
    if (why.find("leads to") == std::string::npos) continue;
    ++collisions;
    EXPECT_THAT(why, HasSubstr(".marathon has; it got the next that was free"));
  }
  EXPECT_GT(collisions, 0);
}

TEST_F(Explain, SaysWhyACheckFails) {
  catalog_options.probe_backends = true;
  know({task_behind_vip("a", "web", "10.0.0.1")});
  EXPECT_EQ(explained("service=web").at("services").at(0).at("endpoints").at(0).at("why"),
            "our first check is under way");
  const watcher::Backend& backend =
      (*catalog->snapshot().vips.find(*watcher::VipId::parse("web.marathon:80")))->backends.front();
  watcher::CheckFailures known;
  known.set({backend.endpoint, watcher::Protocol::Tcp, backend.check},
            {"connection refused", std::chrono::steady_clock::now()});
  failures.publish(std::make_shared<const watcher::CheckFailures>(known));
  zones.publish(builder.apply(catalog->apply(
      {watcher::Probed{backend.task, 31000, watcher::Protocol::Tcp, watcher::Health::Failing}})));
  snapshots.publish(std::make_shared<const watcher::Snapshot>(catalog->snapshot()));
  const auto told = explained("vip=web.marathon:80");
  EXPECT_EQ(told.at("backends").at(0).at("why"), "our check fails: connection refused");
  EXPECT_EQ(told.at("why"), "no backend passes, so new clients get any of them");
  failures.publish(std::make_shared<const watcher::CheckFailures>());
  settings.probe.rise = 2;
  EXPECT_EQ(explained("vip=web.marathon:80").at("backends").at(0).at("why"),
            "our last check passed, and 2 in a row are needed (probe.rise)");
}

TEST_F(Explain, FindsTheNearest) {
  know({task_behind_vip("a", "web", "10.0.0.1")});
  EXPECT_EQ(explained("name=wbe.marathon.mesos").at("nearest").at(0), "web.marathon.mesos.");
  EXPECT_THAT(get("vip=wbe.marathon:80").body, HasSubstr("did you mean web.marathon:80/tcp"));
  EXPECT_THAT(get("service=/wbe").body, HasSubstr("did you mean /web"));
  EXPECT_THAT(get("name=web.marathon.mesos&type=AAAAA").body, HasSubstr("AAAA"));
}

}  // namespace
}  // namespace admin
