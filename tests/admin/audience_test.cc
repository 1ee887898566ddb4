// Against an HTTP server on loopback, with a client that may choose not to read.
#include "admin/audience.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/http/loop.h"
#include "tests/watcher/catalog/sample_tasks.h"

namespace admin {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using watcher::Upsert;
using watcher::testing::sample_task;

class AudienceTest : public ::testing::Test {
 protected:
  void begin(Audience::Options options) {
    audience_.emplace(io_, published_, "cafe", options);
    server_.emplace(io_, [this](const auto& request, const auto& responder) {
      ++asked_;
      if (Audience::serves(request)) return audience_->serve(request, responder);
      responder->send({404, {}, ""});
    });
    port_ = server_->listen({common::IpAddress::v4(0x7f000001), 0}).value();
    published_.subscribe([this] { audience_->wake(); });
  }

  http::RawPeer ask(const std::string& target, const std::string& more = "") {
    const int asked = asked_;
    http::RawPeer client = http::RawPeer::connect(io_, port_);
    client.say("GET " + target + " HTTP/1.1\r\nConnection: close\r\n" + more + "\r\n");
    http::run_until(io_, [&] { return asked_ > asked; });
    return client;
  }
  void await(http::RawPeer& client, const std::string& text) {
    http::run_until(io_, [&] { return client.heard().find(text) != std::string::npos; });
  }
  void publish(std::vector<watcher::Update> updates) {
    catalog_.apply(std::move(updates));
    published_.publish(std::make_shared<const watcher::Snapshot>(catalog_.snapshot()));
  }
  std::string metrics() const {
    common::MetricsPage page;
    audience_->describe(page);
    return page.text();
  }

  boost::asio::io_context io_;
  watcher::Catalog catalog_{{.sources = {}, .vips = {}}};
  common::Published<watcher::Snapshot> published_{
      std::make_shared<const watcher::Snapshot>(catalog_.snapshot())};
  std::optional<Audience> audience_;
  std::optional<http::Server> server_;
  std::uint16_t port_ = 0;
  int asked_ = 0;
};

TEST_F(AudienceTest, StreamsASnapshotAndThenChanges) {
  begin({});
  publish({Upsert{sample_task("web.1", "/web")}});
  auto client = ask("/v1/events");
  await(client, "id: 1-cafe\nevent: snapshot\ndata: {");
  EXPECT_THAT(client.heard(), HasSubstr("text/event-stream"));
  publish({Upsert{sample_task("db.1", "/db")}});
  await(client, "id: 2-cafe\nevent: change\ndata: {");
  publish({watcher::Remove{{"marathon", "web.1"}}});
  await(client, R"("removed":[{"framework":"marathon","app":"/web"}])");
}

TEST_F(AudienceTest, GoesOnWhereAClientWas) {
  begin({});
  publish({Upsert{sample_task("web.1", "/web")}});
  ask("/v1/changes");
  publish({Upsert{sample_task("db.1", "/db")}});
  auto client = ask("/v1/events", "Last-Event-ID: 1-cafe\r\n");
  await(client, "event: change\n");
  EXPECT_THAT(client.heard(), Not(HasSubstr("/web")));
  EXPECT_THAT(client.heard(), HasSubstr("/db"));
}

TEST_F(AudienceTest, LeavesThoseAloneWhoAskedForOthers) {
  begin({});
  auto client = ask("/v1/events?app=/db");
  await(client, "event: snapshot\n");
  publish({Upsert{sample_task("web.1", "/web")}});
  publish({Upsert{sample_task("db.1", "/db")}});
  await(client, "event: change\n");
  EXPECT_THAT(client.heard(), Not(HasSubstr("/web")));
}

TEST_F(AudienceTest, AnswersWhoWaitsWhenThereAreNews) {
  begin({});
  auto client = ask("/v1/changes?since=0&wait=60s");
  http::settle(io_);
  EXPECT_EQ(client.heard(), "");
  publish({Upsert{sample_task("web.1", "/web")}});
  await(client, R"("type":"change")");
}

TEST_F(AudienceTest, AnswersWhoHasWaitedInVain) {
  begin({});
  auto client = ask("/v1/changes?since=0&wait=1ms");
  await(client, R"("changed":[],"removed":[])");
  EXPECT_THAT(client.heard(), StartsWith("HTTP/1.1 200 OK"));
}

TEST_F(AudienceTest, RefusesByName) {
  begin({});
  auto client = ask("/v1/events?since=yesterday");
  await(client, R"({"error":"since: )");
  EXPECT_THAT(client.heard(), StartsWith("HTTP/1.1 400"));
}

TEST_F(AudienceTest, TurnsAwayMoreThanItsLimit) {
  begin({.most = 2});
  auto stream = ask("/v1/events");
  auto waiter = ask("/v1/changes?since=0&wait=60s");
  auto client = ask("/v1/events");
  await(client, "admin.max_streams");
  EXPECT_THAT(client.heard(), StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(client.heard(), HasSubstr("Retry-After: 5"));
  auto at_once = ask("/v1/changes");
  await(at_once, "snapshot");
  EXPECT_THAT(metrics(), HasSubstr("signpost_admin_audience_refused_total 1"));
  stream.close();
  http::run_until(
      io_, [&] { return metrics().find(R"(audience{way="events"} 0)") != std::string::npos; });
  auto next = ask("/v1/events");
  await(next, "event: snapshot\n");
}

TEST_F(AudienceTest, BeatsWhileNothingHappens) {
  begin({.heartbeat = std::chrono::milliseconds(1)});
  auto client = ask("/v1/events");
  await(client, ": ping\n\n: ping\n\n");
}

/// Tasks that make a snapshot larger than what kernels keep for a client that does not read.
std::vector<watcher::Update> large_state() {
  std::vector<watcher::Update> updates;
  for (int i = 0; i < 100; ++i) {
    watcher::Task task = sample_task(std::to_string(i) + std::string(100'000, 'x'), "/big");
    updates.emplace_back(Upsert{std::move(task)});
  }
  return updates;
}

TEST_F(AudienceTest, CutsOffWhoDoesNotRead) {
  begin({.heartbeat = std::chrono::milliseconds(20)});
  publish(large_state());
  http::RawPeer client = http::RawPeer::connect(io_, port_);
  client.say("GET /v1/events HTTP/1.1\r\n\r\n");
  http::run_until(io_, [&] {
    return metrics().find("signpost_admin_audience_cut_off_total 1") != std::string::npos;
  });
  EXPECT_THAT(metrics(), HasSubstr(R"(audience{way="events"} 0)"));
}

TEST_F(AudienceTest, TellsALargeStateWholeAndThenWhatHappenedMeanwhile) {
  begin({});
  publish(large_state());
  http::RawPeer client = http::RawPeer::connect(io_, port_);
  client.say("GET /v1/events HTTP/1.1\r\n\r\n");
  http::run_until(io_, [&] { return asked_ == 1; });
  for (int i = 0; i < 5; ++i) {
    publish({Upsert{sample_task("web." + std::to_string(i), "/web")}});
    http::settle(io_);
  }
  await(client, "id: 6-cafe\n");
  const std::string heard = client.heard();
  EXPECT_EQ(heard.find("id: 2-cafe"), std::string::npos) << "one change for all five";
  const std::size_t begin = heard.find("data: ") + 6;
  const auto snapshot = boost::json::parse(heard.substr(begin, heard.find("\n\n", begin) - begin));
  EXPECT_EQ(snapshot.at("services").at(0).at("tasks").as_array().size(), 100U);
}

TEST_F(AudienceTest, EndsStreamsAndWaitsAtTheEnd) {
  begin({});
  auto stream = ask("/v1/events");
  await(stream, "event: snapshot\n");
  auto waiter = ask("/v1/changes?since=0&wait=60s");
  audience_->close();
  await(waiter, R"("changed":[])");
  http::run_until(io_, [&] { return stream.ended(); });
  auto late = ask("/v1/events");
  http::run_until(io_, [&] { return late.ended(); });
  EXPECT_THAT(late.heard(), HasSubstr("retry: 100\n"));
}

}  // namespace
}  // namespace admin
