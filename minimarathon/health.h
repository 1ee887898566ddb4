#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "common/ip.h"
#include "http/client.h"

namespace boost::asio {
class io_context;
}

namespace minimarathon {

enum class CheckKind : std::uint8_t { Http, Https, Tcp, Command };

/// One probe of one task.
struct CheckTarget {
  CheckKind kind = CheckKind::Http;
  common::SocketAddress address{};  // Not used by Command.
  std::string path = "/";
  std::string command{};                     // For /bin/sh -c.
  std::map<std::string, std::string> env{};  // The task's environment, for Command.
  std::string sandbox{};
  bool ignore_http_1xx = false;
  std::chrono::milliseconds timeout{20000};
};

struct CheckResult {
  bool passed = false;
  bool ignored = false;  // A 1xx answer under ignore_http_1xx: counts neither way.
  int http_status = 0;   // 0 unless an answer came.
  std::string cause{};   // Why it failed, in Marathon's words: "503 Service Unavailable",
                        // "ConnectException: …", "TimeoutException: …". Empty unless it failed.
};

/// Runs one probe: HTTP status 200 to 399, TCP connect, exit status 0. HTTPS is not verified; nor
/// does Marathon. `done` runs once, from the loop. Destroying the operation cancels it and kills a
/// command with its whole process group.
std::unique_ptr<http::Operation> run_check(boost::asio::io_context& io,
                                           const CheckTarget& target,
                                           std::function<void(CheckResult)> done);

}  // namespace minimarathon
