// The whole source over loopback sockets, against a Marathon that a test plays by hand.

#include "watcher/marathon/source.h"

#include <gmock/gmock.h>

#include "http/server.h"
#include "tests/http/certificates.h"
#include "tests/http/loop.h"
#include "tests/watcher/marathon/bodies.h"
#include "tests/watcher/support/played_source.h"
#include "watcher/sources.h"

namespace watcher {
namespace {

using marathon::app_body;
using marathon::hint;
using marathon::one_app;
using marathon::status_event;
using marathon::task_body;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

const http::Headers kEventStream{{"Content-Type", "text/event-stream;charset=utf-8"}};

class PlayedMarathon {
 public:
  explicit PlayedMarathon(boost::asio::io_context& io)
      : server_(io, [this](const http::Request& request, const auto& responder) {
          take(request, responder);
        }) {
    port_ = server_.listen(http::kAnyPort).value();
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  void event(const std::string& json) { stream->write("data: " + json + "\r\n\r\n"); }

  http::Response on_events{200, kEventStream, ""};  // Anything but a 200 opens no stream.
  std::map<std::string, std::string> bodies;        // By path; others are 404.
  std::string wants;                                // In Authorization; empty: anything.
  bool hold = false;                                // Keeps what is asked unanswered.
  std::vector<std::string> asked;                   // Paths, in order.
  std::vector<std::shared_ptr<http::Responder>> held;
  std::shared_ptr<http::BodyStream> stream;  // The newest.
  int streams = 0;
  std::string accept;  // Header of the newest stream's request.

 private:
  void take(const http::Request& request, const std::shared_ptr<http::Responder>& responder) {
    const std::string path(request.path());
    if (!wants.empty() && http::find_header(request.headers, "Authorization") != wants) {
      return responder->send({401, {}, ""});
    }
    if (path == "/v2/events") return open(request, responder);
    if (path == "/v2/leader" || path == "/v2/pods/::status") {  // Not of interest here.
      return responder->send(http::json_response(404, "{}"));
    }
    asked.push_back(path);
    if (hold) return held.push_back(responder);
    const auto body = bodies.find(path);
    responder->send(body == bodies.end() ? http::json_response(404, "{}")
                                         : http::json_response(200, body->second));
  }
  void open(const http::Request& request, const std::shared_ptr<http::Responder>& responder) {
    accept = http::find_header(request.headers, "Accept");
    if (on_events.status != 200) return responder->send(on_events);
    stream = responder->stream(on_events);
    ++streams;
    event(R"({"eventType":"event_stream_attached"})");
  }

  http::Server server_;
  std::uint16_t port_ = 0;
};

class MarathonSource : public PlayedSource {
 protected:
  MarathonSource() {
    options_.framework = "marathon";
    options_.request_timeout = 10s;
    options_.attach_timeout = 10s;
    options_.heartbeat_timeout = 30s;
    options_.resync_interval = 120s;
    options_.coalesce = 1ms;
    options_.max_record_bytes = 1 << 20;
    options_.urls = {marathon_.url()};
    marathon_.bodies["/v2/apps"] =
        R"({"apps":[)" +
        app_body({.tasks = task_body({.id = "w.1"}) + "," + task_body({.id = "w.2"})}) + "]}";
  }

  void start() { PlayedSource::start(make_marathon_source(io_, options_, sink())); }
  void start_and_sync() {
    start();
    run_until([this] { return resets_ > 0; });
  }

  PlayedMarathon marathon_{io_};
  config::Marathon options_;
};

TEST_F(MarathonSource, DeliversTheStateAndThenItsChanges) {
  start_and_sync();
  EXPECT_EQ(marathon_.accept, "text/event-stream");
  EXPECT_EQ(shown_.size(), 2u);
  EXPECT_EQ(shown_["w.1"].key.source, "marathon");
  marathon_.event(status_event({.id = "w.1", .state = "KILLING"}));
  await_state("w.1", TaskState::Killing);
  EXPECT_EQ(shown_["w.2"].state, TaskState::Running);
  const SourceStatus status = source_->status();
  EXPECT_EQ(status.name, "marathon");
  EXPECT_TRUE(status.connected);
  EXPECT_TRUE(status.synced);
  EXPECT_EQ(status.events, 2u);
}

TEST_F(MarathonSource, ReadsEventsHoweverTheyAreSliced) {
  start_and_sync();
  const std::string event =
      "event: status_update_event\r\ndata: " + status_event({.id = "w.1", .state = "KILLING"}) +
      "\r\n\r\n";
  marathon_.stream->write("\r");  // A heartbeat comes in two segments.
  marathon_.stream->write("\n");
  for (const char& byte : event) marathon_.stream->write({&byte, 1});
  marathon_.stream->write("\r");
  marathon_.stream->write("\n");
  await_state("w.1", TaskState::Killing);
  EXPECT_EQ(source_->status().rejected, 0u);
}

TEST_F(MarathonSource, AsksTheServerThatTheStreamIsRedirectedTo) {
  PlayedMarathon standby(io_);
  standby.on_events = {302, {{"Location", marathon_.url() + "/v2/events"}}, ""};
  options_.urls = {standby.url()};
  start_and_sync();
  EXPECT_THAT(standby.asked, IsEmpty());
  EXPECT_THAT(marathon_.asked, ElementsAre("/v2/apps"));
}

TEST_F(MarathonSource, GoesOnToAServerThatAccepts) {
  PlayedMarathon other(io_);
  other.on_events = {405, {}, "<html>"};
  options_.urls = {other.url(), marathon_.url()};
  start_and_sync();
  EXPECT_EQ(shown_.size(), 2u);
}

TEST_F(MarathonSource, GoesOnToAServerThatListens) {
  options_.urls = {"http://127.0.0.1:1", marathon_.url()};
  start_and_sync();
  EXPECT_EQ(shown_.size(), 2u);
}

TEST_F(MarathonSource, KeepsTheStateWhileItReconnects) {
  start_and_sync();
  marathon_.stream->close();
  run_until([this] { return !source_->status().connected; });
  EXPECT_EQ(shown_.size(), 2u);
  EXPECT_THAT(source_->status().last_error, HasSubstr("ended the stream"));
  run_until([this] { return resets_ == 2; });
  EXPECT_EQ(shown_.size(), 2u);
  EXPECT_EQ(source_->status().reconnects, 1u);
  EXPECT_EQ(source_->status().last_error, "");
}

TEST_F(MarathonSource, LeavesAStreamThatFallsSilent) {
  options_.heartbeat_timeout = 50ms;
  start_and_sync();
  run_until([this] { return marathon_.streams == 2; });
  EXPECT_EQ(shown_.size(), 2u);
}

TEST_F(MarathonSource, HearsEventsWhileAnswersAreSlow) {
  start_and_sync();
  marathon_.hold = true;
  marathon_.event(hint("health_status_changed_event"));
  run_until([this] { return !marathon_.held.empty(); });
  marathon_.event(status_event({.id = "w.1", .state = "KILLED"}));
  run_until([this] { return !shown_.contains("w.1"); });
  marathon_.event(status_event({.id = "w.3"}));
  await_state("w.3", TaskState::Running);
  marathon_.held.front()->send(
      http::json_response(200,
                          one_app({.tasks = task_body({.id = "w.1"}) + "," +
                                            task_body({.id = "w.2", .state = "KILLING"})})));
  await_state("w.2", TaskState::Killing);
  EXPECT_FALSE(shown_.contains("w.1"));
  EXPECT_TRUE(shown_.contains("w.3"));
}

TEST_F(MarathonSource, FindsTheAddressesOfNamedAgents) {
  marathon_.bodies["/v2/apps"] =
      R"({"apps":[)" + app_body({.tasks = task_body({.id = "w.1", .host = "localhost"})}) + "]}";
  start_and_sync();
  run_until([this] { return !shown_["w.1"].agent_addresses.empty(); });
  EXPECT_TRUE(shown_["w.1"].agent_addresses.front().is_loopback());
}

TEST_F(MarathonSource, TriesUntilTheRightPasswordStandsInItsFile) {
  const http::TemporaryFolder folder;
  marathon_.wants = "Basic bWU6cmlnaHQ=";  // me:right
  options_.username = "me";
  options_.password_file = folder.write("password", "wrong\n");
  start();
  run_until([this] { return source_->status().reconnects >= 2; });
  EXPECT_THAT(source_->status().last_error, HasSubstr("marathon.password_file"));
  EXPECT_THAT(source_->status().last_error, testing::Not(HasSubstr("wrong")));
  folder.write("password", "right\n");
  run_until([this] { return resets_ > 0; });
  EXPECT_EQ(shown_.size(), 2u);
  EXPECT_EQ(source_->status().last_error, "");
}

TEST_F(MarathonSource, StopsWhateverIsUnderWay) {
  marathon_.bodies["/v2/apps"] =
      R"({"apps":[)" + app_body({.tasks = task_body({.id = "w.1", .host = "localhost"})}) + "]}";
  start_and_sync();  // A lookup is under way.
  marathon_.hold = true;
  marathon_.event(hint("health_status_changed_event"));
  run_until([this] { return !marathon_.held.empty(); });
  const auto shown = shown_;
  source_.reset();
  marathon_.event(status_event({.id = "w.1", .state = "KILLED"}));
  marathon_.held.front()->send(http::json_response(404, "{}"));
  http::settle(io_);
  EXPECT_EQ(shown_, shown);
}

TEST_F(MarathonSource, StopsBeforeItHasStarted) {
  start();
  source_.reset();
  http::settle(io_);
  EXPECT_EQ(marathon_.streams, 0);
}

TEST_F(MarathonSource, SaysSoWhenNoUrlCanBeRead) {
  options_.urls = {"marathon:8080"};
  start();
  http::settle(io_);
  EXPECT_FALSE(source_->status().connected);
  EXPECT_THAT(source_->status().last_error, HasSubstr("marathon.urls"));
}

TEST(Sources, AreThoseTheSettingsAskFor) {
  boost::asio::io_context io;
  config::Settings settings;
  EXPECT_THAT(make_sources(io, settings, [](Batch) {}), IsEmpty());
  settings.marathon.urls = {"http://127.0.0.1:1"};
  const auto sources = make_sources(io, settings, [](Batch) {});
  ASSERT_EQ(sources.size(), 1u);
  EXPECT_EQ(sources.front()->status().name, "marathon");
}

}  // namespace
}  // namespace watcher
