#include "minimarathon/health.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "http/server.h"
#include "tests/http/loop.h"
#include "tests/http/tls_server.h"
#include "tests/minimarathon/pidfd.h"
#include "tests/minimarathon/temp_dir.h"

namespace minimarathon {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using testing::EndsWith;
using testing::StartsWith;

common::SocketAddress local(std::uint16_t port) {
  return {common::IpAddress::v4(0x7f000001), port};
}

class HealthCheck : public testing::Test {
 protected:
  std::unique_ptr<http::Operation> begin(const CheckTarget& target) {
    result_.reset();
    return run_check(io_, target, [this](CheckResult result) {
      EXPECT_FALSE(result_) << "spoke twice";
      result_ = std::move(result);
    });
  }
  CheckResult run(const CheckTarget& target) {
    const auto operation = begin(target);
    EXPECT_FALSE(result_) << "spoke from within run_check()";
    http::run_until(io_, [this] { return result_.has_value(); });
    return result_.value_or(CheckResult{});
  }

  /// A server whose every answer has this status; its port.
  std::uint16_t serve(int status) {
    server_.emplace(io_, [this, status](const http::Request& request, auto responder) {
      asked_ = request.target;
      responder->send({.status = status, .headers = {}, .body = "text"});
    });
    return server_->listen(http::kAnyPort).value();
  }
  CheckResult check_http(int status) {
    return run({.kind = CheckKind::Http, .address = local(serve(status))});
  }

  CheckTarget command(const std::string& text) const {
    return {.kind = CheckKind::Command, .command = text, .sandbox = dir_.path()};
  }

  /// A port that refuses connections.
  std::uint16_t closed_port() { return http::RawServer(io_).port(); }

  TempDir dir_;
  boost::asio::io_context io_;
  std::optional<http::Server> server_;
  std::string asked_;
  std::optional<CheckResult> result_;
};

TEST_F(HealthCheck, HttpPassesFrom200To399) {
  for (const int status : {200, 204, 302, 399}) {
    const CheckResult result = check_http(status);
    EXPECT_TRUE(result.passed) << status;
    EXPECT_EQ(result.http_status, status);
    EXPECT_EQ(result.cause, "");
  }
}

TEST_F(HealthCheck, HttpFailsOtherwiseAndSaysTheStatus) {
  EXPECT_EQ(check_http(404).cause, "404 Not Found");
  EXPECT_EQ(check_http(503).cause, "503 Service Unavailable");
  EXPECT_FALSE(check_http(500).passed);
}

TEST_F(HealthCheck, HttpAsksForThePath) {
  const std::uint16_t port = serve(200);
  run({.kind = CheckKind::Http, .address = local(port), .path = "/health?deep=1"});
  EXPECT_EQ(asked_, "/health?deep=1");
  run({.kind = CheckKind::Http, .address = local(port), .path = "health"});
  EXPECT_EQ(asked_, "/health");
}

TEST_F(HealthCheck, Http1xxFailsUnlessIgnored) {
  http::RawServer server(io_);
  for (const bool ignore : {false, true}) {
    const auto operation = begin(
        {.kind = CheckKind::Http, .address = local(server.port()), .ignore_http_1xx = ignore});
    http::run_until(io_, [&] { return !server.peers.empty(); });
    server.peers.back().say("HTTP/1.1 102 Processing\r\n\r\n");
    http::run_until(io_, [this] { return result_.has_value(); });
    server.peers.clear();
    EXPECT_FALSE(result_->passed);
    EXPECT_EQ(result_->ignored, ignore);
    EXPECT_EQ(result_->cause, ignore ? "" : "102 Processing");
  }
}

TEST_F(HealthCheck, HttpSaysWhyThereIsNoAnswer) {
  const CheckResult refused = run({.kind = CheckKind::Http, .address = local(closed_port())});
  EXPECT_FALSE(refused.passed);
  EXPECT_EQ(refused.http_status, 0);
  EXPECT_THAT(refused.cause, StartsWith("ConnectException: "));
  EXPECT_THAT(refused.cause, EndsWith("Connection refused"));

  const http::RawServer silent(io_);
  const CheckResult late =
      run({.kind = CheckKind::Http, .address = local(silent.port()), .timeout = milliseconds(20)});
  EXPECT_THAT(late.cause, StartsWith("TimeoutException: "));
}

TEST_F(HealthCheck, HttpSaysWhenTheAnswerIsNone) {
  http::RawServer server(io_);
  const auto operation = begin({.kind = CheckKind::Http, .address = local(server.port())});
  http::run_until(io_, [&] { return !server.peers.empty(); });
  server.peers.back().say("220 mail.example ESMTP\r\n\r\n");
  http::run_until(io_, [this] { return result_.has_value(); });
  EXPECT_THAT(result_->cause, StartsWith("ParsingException: "));
}

TEST_F(HealthCheck, HttpsTrustsAnybody) {
  const http::TlsServer server(io_);
  EXPECT_TRUE(run({.kind = CheckKind::Https, .address = local(server.port())}).passed);
}

TEST_F(HealthCheck, TcpPassesWhenConnected) {
  const http::RawServer server(io_);
  EXPECT_TRUE(run({.kind = CheckKind::Tcp, .address = local(server.port())}).passed);
  const CheckResult refused = run({.kind = CheckKind::Tcp, .address = local(closed_port())});
  EXPECT_FALSE(refused.passed);
  EXPECT_EQ(refused.cause, "ConnectException: Connection refused");
}

/// A port that answers no SYN: its backlog is full.
TEST_F(HealthCheck, TcpHasATimeLimit) {
  http::Tcp::acceptor full(io_);
  full.open(http::Tcp::v4());
  full.bind(http::loopback(0));
  full.listen(0);
  std::list<http::Tcp::socket> others;
  for (int i = 0; i < 3; ++i) {
    others.emplace_back(io_, http::Tcp::v4()).non_blocking(true);
    const auto endpoint = full.local_endpoint();
    ::connect(
        others.back().native_handle(), endpoint.data(), static_cast<socklen_t>(endpoint.size()));
  }
  const CheckResult result = run({.kind = CheckKind::Tcp,
                                  .address = local(full.local_endpoint().port()),
                                  .timeout = milliseconds(20)});
  EXPECT_EQ(result.cause, "SocketTimeoutException: connect timed out");
}

TEST_F(HealthCheck, CommandPassesWithStatusZero) {
  EXPECT_TRUE(run(command("exit 0")).passed);
  EXPECT_EQ(run(command("exit 3")).cause, "Command exited with status 3");
  EXPECT_EQ(run(command("kill -KILL $$")).cause, "Command terminated with signal Killed");
}

TEST_F(HealthCheck, CommandSeesTheTask) {
  CheckTarget target = command("test \"$PORT0\" = 31000 && test -f here");
  target.env = {{"PORT0", "31000"}};
  std::ofstream(dir_.path() + "/here") << "\n";
  EXPECT_TRUE(run(target).passed);
}

TEST_F(HealthCheck, CommandThatCannotRunFails) {
  CheckTarget target = command("true");
  target.sandbox = dir_.path() + "/missing";
  const CheckResult result = run(target);
  EXPECT_FALSE(result.passed);
  EXPECT_EQ(result.cause, "cannot enter '" + target.sandbox + "': No such file or directory");
}

TEST_F(HealthCheck, CommandIsKilledWithItsGroupWhenLate) {
  const Fifo fifo(dir_.path() + "/pid");
  CheckTarget target =
      command("(trap '' TERM; exec sleep 600) & echo $! > " + fifo.path() + "; wait");
  target.timeout = milliseconds(50);
  const auto operation = begin(target);
  const Pidfd grandchild(std::stoi(fifo.read_line()));
  http::run_until(io_, [this] { return result_.has_value(); });
  EXPECT_EQ(result_->cause, "Command has not returned after 50 ms");
  EXPECT_TRUE(grandchild.await_end());
}

TEST_F(HealthCheck, DestroyingTheOperationKillsTheCommand) {
  const Fifo fifo(dir_.path() + "/pid");
  CheckTarget target = command("echo $$ > " + fifo.path() + "; exec sleep 600");
  target.timeout = hours(1);
  auto operation = begin(target);
  const Pidfd child(std::stoi(fifo.read_line()));
  operation.reset();
  EXPECT_TRUE(child.await_end());
  io_.run();
  EXPECT_FALSE(result_);
}

TEST_F(HealthCheck, DestroyingTheOperationEndsEveryKindQuietly) {
  const http::RawServer server(io_);
  for (const CheckKind kind : {CheckKind::Http, CheckKind::Https, CheckKind::Tcp}) {
    begin({.kind = kind, .address = local(server.port())}).reset();
    http::settle(io_);
    EXPECT_FALSE(result_);
  }
}

TEST_F(HealthCheck, TheOperationMayBeDestroyedFromItsResult) {
  const http::RawServer server(io_);
  std::unique_ptr<http::Operation> operation;
  bool done = false;
  operation = run_check(io_,
                        {.kind = CheckKind::Tcp, .address = local(server.port())},
                        [&](const CheckResult& result) {
                          EXPECT_TRUE(result.passed);
                          operation.reset();
                          done = true;
                        });
  http::run_until(io_, [&] { return done; });
}

}  // namespace
}  // namespace minimarathon
