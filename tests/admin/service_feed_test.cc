#include "admin/service_feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "tests/watcher/catalog/sample_tasks.h"

namespace admin {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;
using watcher::Upsert;
using watcher::testing::sample_task;

class ServiceFeedTest : public ::testing::Test {
 protected:
  ServiceFeedTest() : catalog_({.sources = {}, .vips = {}}) { change({}); }

  void change(std::vector<watcher::Update> updates) {
    catalog_.apply(std::move(updates));
    feed_.follow(std::make_shared<const watcher::Snapshot>(catalog_.snapshot()));
  }
  common::Expected<Wish> read(const std::string& query, http::Headers headers = {}) const {
    return feed_.read_wish({.target = "/v1/events" + query, .headers = std::move(headers)});
  }
  json::object tell(const std::string& query) const {
    return json::parse(feed_.tell(read(query).value()).data).as_object();
  }

  watcher::Catalog catalog_;
  ServiceFeed feed_{"cafe"};
};

TEST_F(ServiceFeedTest, TellsAllToWhomKnowsNothing) {
  change({Upsert{sample_task("web.1", "/web")}});
  const auto told = tell("");
  EXPECT_EQ(told.at("type"), "snapshot");
  EXPECT_EQ(told.at("id"), "1-cafe");
  EXPECT_EQ(told.at("generation"), 1);
  EXPECT_EQ(told.at("synced"), true);
  EXPECT_EQ(told.at("services").as_array().at(0).at("app"), "/web");
}

TEST_F(ServiceFeedTest, TellsTheRestToWhomKnowsSome) {
  change({Upsert{sample_task("web.1", "/web")}, Upsert{sample_task("db.1", "/db")}});
  change({Upsert{sample_task("web.2", "/web")}, watcher::Remove{{"marathon", "db.1"}}});
  for (const char* since : {"?since=1", "?since=1-cafe"}) {
    const auto told = tell(since);
    EXPECT_EQ(told.at("type"), "change");
    EXPECT_EQ(told.at("changed").as_array().size(), 1U);
    EXPECT_EQ(told.at("changed").as_array().at(0).at("tasks").as_array().size(), 2U);
    EXPECT_EQ(told.at("removed"), (json::array{{{"framework", "marathon"}, {"app", "/db"}}}));
  }
}

TEST_F(ServiceFeedTest, TellsAllWhereTheGenerationIsOfAnotherRunOrYetToCome) {
  change({Upsert{sample_task("web.1", "/web")}});
  for (const char* since : {"?since=1-beef", "?since=2", "?since=99-cafe"}) {
    EXPECT_EQ(tell(since).at("type"), "snapshot") << since;
  }
}

TEST_F(ServiceFeedTest, HasNewsOfWhatIsAskedForOnly) {
  change({Upsert{sample_task("web.1", "/web")}});
  EXPECT_FALSE(feed_.has_news(read("?since=1").value()));
  change({Upsert{sample_task("db.1", "/db")}});
  EXPECT_TRUE(feed_.has_news(read("?since=1").value()));
  EXPECT_TRUE(feed_.has_news(read("?since=1&app=/web&app=/db").value()));
  EXPECT_FALSE(feed_.has_news(read("?since=1&app=/web").value()));
  EXPECT_EQ(tell("?app=/db").at("services").as_array().size(), 1U);
  change({watcher::Remove{{"marathon", "web.1"}}});
  EXPECT_TRUE(feed_.has_news(read("?since=2&app=/web").value()));
  EXPECT_FALSE(feed_.has_news(read("?since=2&app=/db").value()));
}

TEST_F(ServiceFeedTest, ReadsWhatABrowserSendsWhenItReconnects) {
  const auto wish = read("?since=7", {{"last-event-id", "9-cafe"}});
  EXPECT_EQ(wish.value().since, 9U);
  EXPECT_EQ(read("?wait=30s").value().wait, std::chrono::seconds(30));
}

TEST_F(ServiceFeedTest, RefusesWhatItCannotReadByItsName) {
  for (const auto& [query, name] : {std::pair{"?since=x", "since:"},
                                    {"?since=", "since:"},
                                    {"?since=-1", "since:"},
                                    {"?wait=soon", "wait:"},
                                    {"?wait=61s", "wait:"},
                                    {"?wait=-1s", "wait:"},
                                    {"?app=", "app:"}}) {
    const auto wish = read(query);
    ASSERT_FALSE(wish) << query;
    EXPECT_THAT(wish.error().message, HasSubstr(name)) << query;
  }
  EXPECT_THAT(read("", {{"Last-Event-ID", "?"}}).error().message, HasSubstr("Last-Event-ID:"));
}

TEST_F(ServiceFeedTest, WritesAnEventAsALineOfEach) {
  EXPECT_EQ(event_text({.id = "1-cafe", .type = "change", .data = "{}"}),
            "id: 1-cafe\nevent: change\ndata: {}\n\n");
}

}  // namespace
}  // namespace admin
