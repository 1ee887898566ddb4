// The whole source over loopback sockets, against masters that a test plays by hand.

#include "watcher/mesos/source.h"

#include <gmock/gmock.h>

#include "http/server.h"
#include "tests/http/loop.h"
#include "tests/watcher/marathon/fixtures.h"
#include "tests/watcher/mesos/bodies.h"
#include "tests/watcher/mesos/world.h"
#include "tests/watcher/support/played_source.h"
#include "watcher/sources.h"

namespace watcher {
namespace {

using mesos::agent_body;
using mesos::framed;
using mesos::state_body;
using mesos::task_body;
using mesos::task_updated;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

class PlayedMaster {
 public:
  explicit PlayedMaster(boost::asio::io_context& io)
      : server_(io, [this](const http::Request& request, const auto& responder) {
          take(request, responder);
        }) {
    port_ = server_.listen(http::kAnyPort).value();
  }

  std::string authority() const { return "127.0.0.1:" + std::to_string(port_); }
  std::string url() const { return "http://" + authority(); }
  void record(const std::string& json) { stream->write(framed(json)); }

  http::Response on_subscribe{200, {{"Content-Type", "application/json"}}, ""};
  std::string tasks = mesos::join({task_body({.id = "w.1"}), task_body({.id = "w.2"})});
  std::string agents = agent_body();
  std::vector<std::string> asked;  // Bodies of calls and paths of pages.
  std::shared_ptr<http::BodyStream> stream;
  int streams = 0;

 private:
  void take(const http::Request& request, const std::shared_ptr<http::Responder>& responder) {
    asked.push_back(request.body.empty() ? request.target : request.body);
    if (request.body.find("SUBSCRIBE") != std::string::npos) return open(responder);
    if (request.body.find("GET_AGENTS") != std::string::npos) {
      return responder->send(http::json_response(200, mesos::agents_answer(agents)));
    }
    responder->send(http::json_response(404, "{}"));
  }
  void open(const std::shared_ptr<http::Responder>& responder) {
    if (on_subscribe.status != 200) return responder->send(on_subscribe);
    stream = responder->stream(on_subscribe);
    ++streams;
    record(R"({"type":"SUBSCRIBED","subscribed":{"get_state":{)" + state_body({.tasks = tasks}) +
           R"(},"heartbeat_interval_seconds":15.0}})");
  }

  http::Server server_;
  std::uint16_t port_ = 0;
};

class MesosSource : public PlayedSource {
 protected:
  MesosSource() {
    options_ = mesos::default_options();
    options_.heartbeat_timeout = 30s;
    options_.masters = {master_.url()};
  }

  void start() { PlayedSource::start(make_mesos_source(io_, options_, sink())); }
  void start_and_sync() {
    start();
    run_until([this] { return resets_ > 0; });
  }

  PlayedMaster master_{io_};
  config::Mesos options_;
};

TEST_F(MesosSource, DeliversTheStateAndThenItsChanges) {
  start_and_sync();
  EXPECT_EQ(shown_.size(), 2u);
  EXPECT_EQ(shown_["w.1"].key.source, "mesos");
  master_.record(task_updated({.id = "w.1", .state = "KILLING"}));
  await_state("w.1", TaskState::Killing);
  EXPECT_EQ(shown_["w.2"].state, TaskState::Running);
  const SourceStatus status = source_->status();
  EXPECT_EQ(status.name, "mesos");
  EXPECT_TRUE(status.connected);
  EXPECT_TRUE(status.synced);
  run_until([this] { return master_.asked.size() == 3; });
  EXPECT_THAT(master_.asked, Contains(R"({"type":"GET_MASTER"})"));
  EXPECT_THAT(master_.asked, Contains("/frameworks"));
}

TEST_F(MesosSource, ReadsRecordsHoweverTheyAreSliced) {
  start_and_sync();
  const std::string record = framed(task_updated({.id = "w.1", .state = "KILLING"}));
  for (const char& byte : record) master_.stream->write({&byte, 1});
  await_state("w.1", TaskState::Killing);
  EXPECT_EQ(source_->status().rejected, 0u);
}

TEST_F(MesosSource, FollowsTheMasterThatLeads) {
  PlayedMaster standby(io_);
  standby.on_subscribe = {307, {{"Location", "//" + master_.authority() + "/master/api/v1"}}, ""};
  options_.masters = {standby.url()};
  start_and_sync();
  EXPECT_EQ(shown_.size(), 2u);
  EXPECT_EQ(standby.asked.size(), 1u);
}

TEST_F(MesosSource, GoesOnToAMasterThatAnswers) {
  PlayedMaster lost(io_);
  lost.on_subscribe = {503, {}, ""};
  options_.masters = {"http://127.0.0.1:1", lost.url(), master_.url()};
  start_and_sync();
  EXPECT_EQ(shown_.size(), 2u);
}

TEST_F(MesosSource, KeepsTheStateWhileItReconnects) {
  start_and_sync();
  master_.stream->close();
  run_until([this] { return !source_->status().connected; });
  EXPECT_EQ(shown_.size(), 2u);
  run_until([this] { return resets_ == 2; });
  EXPECT_EQ(source_->status().reconnects, 1u);
  EXPECT_EQ(source_->status().last_error, "");
}

TEST_F(MesosSource, AsksWhichAgentsDrain) {
  options_.poll_interval = 20ms;
  start_and_sync();
  master_.agents = agent_body("A", "10.0.1.1", mesos::kDrains);
  await_state("w.1", TaskState::Killing);
}

TEST_F(MesosSource, StopsWhateverIsUnderWay) {
  start_and_sync();
  const auto shown = shown_;
  source_.reset();
  master_.record(task_updated({.id = "w.1", .state = "KILLED"}));
  http::settle(io_);
  EXPECT_EQ(shown_, shown);
}

TEST_F(MesosSource, WaitsForALeaderFromZookeeper) {
  options_.masters = {"zk://127.0.0.1:2181/mesos"};
  start();
  http::settle(io_);
  EXPECT_FALSE(source_->status().connected);
  EXPECT_THAT(master_.asked, IsEmpty());
}

TEST_F(MesosSource, SaysSoWhenNoUrlCanBeRead) {
  options_.masters = {"master:5050"};
  start();
  http::settle(io_);
  EXPECT_THAT(source_->status().last_error, HasSubstr("mesos.masters"));
}

TEST_F(MesosSource, IsMadeWhenTheSettingsAskForIt) {
  config::Settings settings;
  settings.mesos = options_;
  const auto sources = make_sources(io_, settings, [](Batch) {});
  ASSERT_EQ(sources.size(), 1u);
  EXPECT_EQ(sources.front()->status().name, "mesos");
}

/// What a master sent, with a scheduler's name replaced by an address of the same length, so that
/// nobody is asked for it.
std::string without_names(std::string text) {
  const std::string name = "sched.mesos.test";
  for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at)) {
    text.replace(at, name.size(), "::ffff:127.0.0.1");
  }
  return text;
}

/// The very octets that a real master sent, chunks and all.
TEST_F(MesosSource, ReadsWhatARealMasterPutOnTheWire) {
  for (const char* name : {"run4-cni/00-json", "run5-many/00-json"}) {
    const std::string stem = std::string("mesos-live/") + name;
    const std::string wire = without_names(marathon::read_fixture(stem + ".wire"));
    SKIP_WITHOUT_FIXTURES(wire);
    const std::string records = marathon::read_fixture(stem + ".recordio");
    http::RawServer master(io_);
    options_.masters = {"http://127.0.0.1:" + std::to_string(master.port())};
    start();
    run_until([&] {
      return !master.peers.empty() &&
             master.peers.front().heard().find("SUBSCRIBE") != std::string::npos;
    });
    std::uint64_t sent = 0;
    ASSERT_TRUE(mesos::RecordioParser(8 << 20).feed(records, [&](std::string_view) { ++sent; }));
    master.peers.front().say(wire);
    run_until([&] { return source_->status().events == sent; });
    EXPECT_EQ(source_->status().rejected, 0u);
    source_.reset();
  }
}

}  // namespace
}  // namespace watcher
