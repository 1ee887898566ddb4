#include "admin/drains.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "tests/watcher/catalog/sample_tasks.h"

namespace admin {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;
using watcher::Drain;
using watcher::DrainKind;
using watcher::Upsert;
using watcher::testing::vip_task;

TEST(DrainsOfTheApi, AreReadByTheirOneMember) {
  EXPECT_EQ(read_drain_of({{"task", "web.1"}}).value(), (Drain{DrainKind::Task, "web.1"}));
  EXPECT_EQ(read_drain_of({{"agent", "A.example"}}).value(),
            (Drain{DrainKind::Agent, "a.example"}));
  EXPECT_EQ(read_drain_of({{"agent", "FD00:0::1"}}).value(), (Drain{DrainKind::Agent, "fd00::1"}));
  EXPECT_EQ(read_drain_of({{"endpoint", "[fd00:0::1]:80"}}).value(),
            (Drain{DrainKind::Endpoint, "[fd00::1]:80"}));
}

TEST(DrainsOfTheApi, AreRefusedWithWhatIsExpected) {
  for (const auto& [body, words] :
       {std::pair{R"({})", "expected one of"},
        {R"({"task": "a", "agent": "b"})", "expected one of"},
        {R"({"app": "/web"})", "expected one of"},
        {R"({"task": ""})", "task: expected"},
        {R"({"task": 7})", "task: expected"},
        {R"({"endpoint": "10.0.0.1"})", "endpoint: expected ADDRESS"}}) {
    const auto read = read_drain_of(json::parse(body).as_object());
    ASSERT_FALSE(read) << body;
    EXPECT_THAT(read.error().message, HasSubstr(words)) << body;
  }
}

TEST(DrainsOfTheApi, TellTheBackendsTheyAreAbout) {
  watcher::Catalog::Options options;
  options.vips.pool = common::Ipv4Prefix::parse("11.0.0.0/8").value();
  watcher::Catalog catalog(options);
  catalog.apply({Upsert{vip_task("web.1", 31000)},
                 Upsert{vip_task("web.2", 31001)},
                 Upsert{vip_task("db.1", 31002, "/db:80", "/db")}});
  const Drain one{DrainKind::Endpoint, "10.0.0.1:31000"};
  catalog.apply({watcher::Drains{std::set{one}}});
  EXPECT_EQ(json::serialize(describe_drains(catalog.snapshot())),
            R"({"generation":2,"drains":[{"endpoint":"10.0.0.1:31000"}]})");
  EXPECT_EQ(json::serialize(describe_drained(one, catalog.snapshot())),
            R"({"generation":2,"drain":{"endpoint":"10.0.0.1:31000"},"backends":[{)"
            R"("vip":"web.marathon:80/tcp","endpoint":"10.0.0.1:31000","task":"web.1",)"
            R"("app":"/web","state":"draining"}],"unserved":[]})");

  const Drain agent{DrainKind::Agent, "10.0.0.1"};
  catalog.apply({watcher::Drains{std::set{agent}}});
  const auto told = describe_drained(agent, catalog.snapshot());
  EXPECT_EQ(told.at("backends").as_array().size(), 3U);
  EXPECT_EQ(told.at("unserved"), (json::array{"db.marathon:80/tcp", "web.marathon:80/tcp"}));
}

}  // namespace
}  // namespace admin
