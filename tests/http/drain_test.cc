#include <gmock/gmock.h>

#include <optional>

#include "http/server.h"
#include "tests/http/loop.h"

namespace http {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

class HttpDrain : public testing::Test {
 protected:
  void SetUp() override {
    server_.emplace(io_, [this](const Request& request, auto responder) {
      if (request.target == "/slow") {
        waiting_ = std::move(responder);
      } else {
        responder->send({.headers = {}, .body = request.target});
      }
    });
    port_ = server_->listen(kAnyPort).value();
  }

  RawPeer connect() { return RawPeer::connect(io_, port_); }
  void await(RawPeer& peer, const std::string& text) {
    run_until(io_, [&] { return peer.heard().find(text) != std::string::npos; });
  }
  bool is_refused() {
    Tcp::socket late(io_);
    boost::system::error_code code;
    late.connect({boost::asio::ip::address_v4::loopback(), port_}, code);
    return code == boost::asio::error::connection_refused;
  }
  void drain(milliseconds quiet) {
    server_->drain(quiet, [this] { drained_ = true; });
  }

  boost::asio::io_context io_;
  std::optional<Server> server_;
  std::uint16_t port_ = 0;
  std::shared_ptr<Responder> waiting_;
  bool drained_ = false;
};

TEST_F(HttpDrain, AnswersKeptAndNewConnectionsOnceMore) {
  RawPeer kept = connect();
  kept.say("GET /a HTTP/1.1\r\n\r\n");
  await(kept, "/a");
  EXPECT_THAT(kept.heard(), Not(HasSubstr("Connection: close")));
  drain(std::chrono::hours(1));
  kept.say("GET /b HTTP/1.1\r\n\r\n");
  await(kept, "/b");
  EXPECT_THAT(kept.heard(), HasSubstr("Connection: close"));
  RawPeer late = connect();
  late.say("GET /c HTTP/1.1\r\n\r\n");
  await(late, "/c");
  EXPECT_THAT(late.heard(), HasSubstr("Connection: close"));
  EXPECT_FALSE(drained_);
}

TEST_F(HttpDrain, TheAnswerUnderWayIsTheLast) {
  RawPeer client = connect();
  client.say("GET /slow HTTP/1.1\r\n\r\n");
  run_until(io_, [this] { return waiting_ != nullptr; });
  drain(std::chrono::hours(1));
  waiting_->send({.headers = {}, .body = "done"});
  await(client, "done");
  EXPECT_THAT(client.heard(), HasSubstr("Connection: close"));
}

TEST_F(HttpDrain, AnswersAllThatIsPipelined) {
  RawPeer client = connect();
  client.say("GET /slow HTTP/1.1\r\n\r\nGET /next HTTP/1.1\r\n\r\n");
  run_until(io_, [this] { return waiting_ != nullptr; });
  drain(std::chrono::hours(1));
  waiting_->send({.headers = {}, .body = "done"});
  await(client, "/next");
}

TEST_F(HttpDrain, IsOverWhenNothingHasComeForAWhile) {
  RawPeer idle = connect();
  idle.say("GET /a HTTP/1.1\r\n\r\n");
  await(idle, "/a");
  drain(milliseconds(1));
  run_until(io_, [this] { return drained_; });
  EXPECT_TRUE(is_refused());
}

TEST_F(HttpDrain, WaitsForTheRequestBeingAnswered) {
  RawPeer client = connect();
  client.say("GET /slow HTTP/1.1\r\n\r\n");
  run_until(io_, [this] { return waiting_ != nullptr; });
  drain(milliseconds(1));
  for (int looks = 0; looks < 20; ++looks) io_.run_one();
  EXPECT_FALSE(drained_);
  waiting_->send({.headers = {}, .body = "done"});
  run_until(io_, [this] { return drained_; });
  EXPECT_THAT(client.heard(), HasSubstr("done"));
}

TEST_F(HttpDrain, ClosedDoorsServeWhoHasConnectedAndNobodyElse) {
  RawPeer waiting = connect();  // The server has not run since, so only the kernel knows.
  waiting.say("GET /a HTTP/1.1\r\n\r\n");
  server_->close_doors();
  await(waiting, "/a");
  EXPECT_TRUE(is_refused());
}

/// With the first the second is accepted too; the doors close before the loop comes to it.
TEST_F(HttpDrain, ClosedDoorsServeWhoHasJustBeenAccepted) {
  RawPeer one = connect();
  RawPeer other = connect();
  io_.run_one();
  server_->close_doors();
  for (RawPeer* peer : {&one, &other}) {
    peer->say("GET /a HTTP/1.1\r\n\r\n");
    await(*peer, "/a");
  }
}

TEST_F(HttpDrain, TheServerMayBeDestroyedWhenDrained) {
  server_->drain(milliseconds(1), [this] { server_.reset(); });
  run_until(io_, [this] { return !server_; });
  settle(io_);
}

}  // namespace
}  // namespace http
