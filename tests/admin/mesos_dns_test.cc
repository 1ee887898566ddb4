// The bodies are those the real Mesos-DNS sends, blanks and empty strings included.
#include "admin/mesos_dns.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <set>

#include "config/settings.h"
#include "tests/dnsd/zone/tasks.h"
#include "tests/watcher/marathon/fixtures.h"

namespace admin {
namespace {

using dnsd::testing::ip;
using dnsd::testing::sample_task;
using ::testing::HasSubstr;
using ::testing::Not;

/// One service of two tasks, one of which has two addresses and a raw name; a leading master.
class MesosDns : public ::testing::Test {
 protected:
  MesosDns() {
    watcher::Catalog::Options options;
    options.sources = {"marathon"};
    options.vips.pool = common::Ipv4Prefix::parse("11.0.0.0/8").value();
    watcher::Catalog catalog(options);
    auto first = sample_task("test");
    auto second = sample_task("other", "db");
    second.discovery_name = "db.a";
    second.addresses = {ip("10.32.0.2"), ip("fd01::2")};
    second.host_ports = {};
    auto starting = sample_task("new", "soon");
    starting.state = watcher::TaskState::Starting;
    watcher::Member leader{.role = watcher::Role::LeadingMaster, .addresses = {ip("10.0.0.9")}};
    leader.port = 5050;
    dnsd::ZoneBuilder builder(view.names);
    zones_.publish(
        builder.apply(catalog.apply({watcher::Reset{"marathon", {first, second, starting}},
                                     watcher::Members{"marathon", {leader}}})));
    catalog_.publish(std::make_shared<const watcher::Snapshot>(catalog.snapshot()));
  }

  static config::Settings settings() {
    config::Settings settings;
    settings.dns.ttl = std::chrono::seconds(5);
    settings.dns.listen = {{ip("0.0.0.0"), 53}};
    settings.mesos.masters = {"zk://me:geheim@10.0.0.1:2181/mesos"};
    settings.mesos.username = "principal";
    settings.mesos.password_file = "/etc/geheim";
    return settings;
  }

  std::string get(std::string_view path) {
    const auto page = mesos_dns_page(view, path);
    return page ? page->body : "none";
  }

 private:
  common::Published<dnsd::Zone> zones_{dnsd::ZoneBuilder({}).current()};
  common::Published<watcher::Snapshot> catalog_{std::make_shared<const watcher::Snapshot>()};

 protected:
  MesosDnsView view{zones_, catalog_, {}, settings()};
};

TEST_F(MesosDns, TellsAddresses) {
  EXPECT_EQ(get("/v1/hosts/web.marathon.mesos"),
            "[\n {\n  \"host\": \"web.marathon.mesos.\",\n  \"ip\": \"10.0.0.1\"\n }\n]");
  EXPECT_EQ(get("/v1/hosts/DB-A.marathon.mesos."),
            "[\n {\n  \"host\": \"db-a.marathon.mesos.\",\n  \"ip\": \"10.32.0.2\"\n },\n"
            " {\n  \"host\": \"db-a.marathon.mesos.\",\n  \"ip\": \"fd01::2\"\n }\n]");
}

TEST_F(MesosDns, TellsServices) {
  EXPECT_EQ(get("/v1/services/_web._tcp.marathon.mesos"),
            "[\n {\n  \"service\": \"_web._tcp.marathon.mesos\",\n"
            "  \"host\": \"web-iffe9-s0.marathon.slave.mesos.\",\n"
            "  \"ip\": \"10.0.0.1\",\n  \"port\": \"31000\"\n }\n]");
}

TEST_F(MesosDns, TellsAMissByEmptyStrings) {
  const std::string host = "[\n {\n  \"host\": \"\",\n  \"ip\": \"\"\n }\n]";
  for (const char* name : {"nobody.mesos", ".*", "%00", "..", "%ff"}) {
    EXPECT_EQ(get("/v1/hosts/" + std::string(name)), host) << name;
  }
  EXPECT_EQ(
      get("/v1/services/_x._tcp.mesos"),
      "[\n {\n  \"service\": \"\",\n  \"host\": \"\",\n  \"ip\": \"\",\n  \"port\": \"\"\n }\n]");
}

TEST_F(MesosDns, TellsEveryRecordOfItsDomain) {
  const auto body = boost::json::parse(get("/v1/axfr"));
  EXPECT_EQ(body.at("TTL").as_int64(), 5);
  EXPECT_EQ(body.at("Domain").as_string(), "mesos");
  EXPECT_EQ(body.at("Mname").as_string(), "ns1.mesos.");
  EXPECT_EQ(body.at("Rname").as_string(), "root.ns1.mesos.");
  const auto& records = body.at("Records").as_object();
  EXPECT_EQ(records.at("As").at("leader.mesos."), boost::json::parse(R"(["10.0.0.9"])"));
  EXPECT_EQ(records.at("AAAAs").at("db.a.marathon.mesos."), boost::json::parse(R"(["fd01::2"])"));
  EXPECT_EQ(records.at("SRVs").at("_leader._tcp.mesos."),
            boost::json::parse(R"(["leader.mesos.:5050"])"));
  EXPECT_FALSE(records.at("As").as_object().contains("ready.spartan."));
}

/// What a reader of the body relies on: its members, and the types of their values.
std::string form_of(const boost::json::value& value) {
  if (value.is_array()) return "[" + (value.as_array().empty() ? "" : form_of(value.at(0))) + "]";
  if (!value.is_object()) return std::string(boost::json::to_string(value.kind()));
  const bool by_name = value.as_object().begin()->key().find('.') != std::string_view::npos;
  std::set<std::string> members;
  for (const auto& [key, member] : value.as_object()) {
    members.insert((by_name ? "NAME" : std::string(key)) + ":" + form_of(member));
  }
  return "{" + fmt::format("{}", fmt::join(members, " ")) + "}";
}

TEST_F(MesosDns, TellsRecordsInTheFormThatTheRealOneDoes) {
  using watcher::marathon::list_fixtures;
  const auto files = list_fixtures("dcos/mesos-dns-axfr", ".json");
  SKIP_WITHOUT_FIXTURES(files);
  auto ours = boost::json::parse(get("/v1/axfr"));
  for (const std::string& file : files) {
    auto theirs = boost::json::parse(watcher::marathon::read_fixture(file));
    for (const auto& [member, value] : theirs.as_object()) {
      ASSERT_TRUE(ours.as_object().contains(member)) << file << ": " << member;
      if (member != "Records") EXPECT_EQ(form_of(ours.at(member)), form_of(value)) << member;
    }
    for (const auto& [type, records] : theirs.at("Records").as_object()) {
      ASSERT_TRUE(ours.at("Records").as_object().contains(type)) << file << ": " << type;
      if (records.as_object().empty()) continue;
      EXPECT_EQ(form_of(ours.at("Records").at(type)), form_of(records)) << file << ": " << type;
    }
  }
}

TEST_F(MesosDns, EnumeratesTasksWithTheirRecords) {
  const auto frameworks = boost::json::parse(get("/v1/enumerate")).at("frameworks").as_array();
  ASSERT_EQ(frameworks.size(), 1U);
  EXPECT_EQ(frameworks[0].at("name").as_string(), "marathon");
  const auto& tasks = frameworks[0].at("tasks").as_array();
  ASSERT_EQ(tasks.size(), 2U);  // The third has not started.
  EXPECT_EQ(tasks[0].at("name").as_string(), "db");
  EXPECT_EQ(tasks[0].at("id").as_string(), "other");
  EXPECT_EQ(
      tasks[0].at("records").as_array()[0],
      boost::json::parse(R"({"name": "db.a.marathon.mesos.", "host": "10.32.0.2", "rtype": "A"})"));
  const std::string all = boost::json::serialize(tasks[1].at("records"));
  EXPECT_THAT(all, HasSubstr("web-iffe9-s0.marathon.slave.mesos.:31000"));
}

TEST_F(MesosDns, TellsItsConfigurationWithoutSecrets) {
  const std::string body = get("/v1/config");
  EXPECT_THAT(body, Not(HasSubstr("geheim")));
  EXPECT_THAT(body, HasSubstr("\"Zk\": \"zk://***@10.0.0.1:2181/mesos\""));
  EXPECT_THAT(body, HasSubstr("\"principal\": \"principal\""));
  EXPECT_THAT(body, HasSubstr("\"secret\": \"***\""));
}

TEST_F(MesosDns, HasAPageForEveryPath) {
  EXPECT_EQ(mesos_dns_paths().size(), 6U);
  EXPECT_THAT(get("/v1/version"), HasSubstr("\"Service\": \"Mesos-DNS\""));
  for (const char* path : {"/", "/v1/hosts", "/v1/hosts/", "/v1/axfr/", "/v1/services/"}) {
    EXPECT_EQ(get(path), "none") << path;
  }
}

TEST_F(MesosDns, AnswersAloneAtItsOwnPort) {
  EXPECT_EQ(mesos_dns_route(view, {.target = "/v1/version"}).status, 200);
  EXPECT_EQ(mesos_dns_route(view, {.target = "/metrics"}).status, 404);
  EXPECT_EQ(mesos_dns_route(view, {.method = "POST", .target = "/v1/version"}).status, 405);
}

}  // namespace
}  // namespace admin
