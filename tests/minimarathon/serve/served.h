#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "http/client.h"
#include "minimarathon/health.h"
#include "minimarathon/runner.h"
#include "tests/http/loop.h"
#include "tests/minimarathon/temp_dir.h"

namespace minimarathon::serve {

/// Runs built-in servers as tasks, and talks to them.
class Served : public testing::Test {
 protected:
  /// A loopback address that no test running beside this one uses.
  static common::IpAddress host() {
    const auto pid = static_cast<std::uint32_t>(::getpid());
    return common::IpAddress::v4(0x7f010000 | (pid & 0xffff));
  }
  /// A port that is free on that address.
  common::SocketAddress free_address() {
    const http::Tcp::endpoint any(boost::asio::ip::address_v4(host().to_v4()), 0);
    return {host(), http::Tcp::acceptor(io_, any).local_endpoint().port()};
  }

  void start(std::vector<std::string> argv, std::map<std::string, std::string> env = {}) {
    env.emplace("HOST", host().to_string());
    env.emplace("MESOS_TASK_ID", "task-1");
    const auto pid = runner_.start({.task_id = "task-1",
                                    .argv = std::move(argv),
                                    .env = std::move(env),
                                    .sandbox = sandbox()});
    ASSERT_TRUE(pid) << pid.error().message;
  }
  /// As start(), with `signpost serve` before the arguments.
  void serve(std::vector<std::string> args, std::map<std::string, std::string> env = {}) {
    args.insert(args.begin(), MINIMARATHON_SERVE);
    start(std::move(args), std::move(env));
  }
  void terminate() { runner_.kill("task-1", std::chrono::hours(1)); }

  bool accepts(const common::SocketAddress& address) {
    std::optional<CheckResult> result;
    const auto check = run_check(
        io_, {.kind = CheckKind::Tcp, .address = address}, [&](auto got) { result = got; });
    http::run_until(io_, [&] { return result.has_value(); });
    return result->passed;
  }
  void await_listening(const common::SocketAddress& address) {
    while (exits_.empty() && !accepts(address)) {
    }
    ASSERT_TRUE(exits_.empty()) << exits_[0].message << ": " << errors();
  }
  http::Response get(const common::SocketAddress& address, const std::string& path) {
    std::optional<common::Expected<http::Response>> answer;
    const auto url = http::Url::parse("http://" + address.to_string() + path);
    const auto operation =
        http::fetch(io_, *url, {.target = path, .headers = {}, .body = {}}, {}, [&](auto got) {
          answer = std::move(got);
        });
    http::run_until(io_, [&] { return answer.has_value(); });
    EXPECT_TRUE(*answer) << answer->error().message;
    return answer->value_or(http::Response{.status = 0, .headers = {}, .body = {}});
  }
  std::string await_exit() {
    http::run_until(io_, [this] { return !exits_.empty(); });
    return exits_.empty() ? "none" : exits_[0].message;
  }

  std::string sandbox() const { return dir_.path() + "/task-1"; }
  std::string output() const { return read(sandbox() + "/stdout"); }
  std::string errors() const { return read(sandbox() + "/stderr"); }

  TempDir dir_;
  boost::asio::io_context io_;
  std::vector<Exit> exits_;
  Runner runner_{io_, [this](Exit exit) { exits_.push_back(std::move(exit)); }};

 private:
  static std::string read(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
};

}  // namespace minimarathon::serve
