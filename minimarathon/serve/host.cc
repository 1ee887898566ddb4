#include "minimarathon/serve/host.h"

#include <fmt/core.h>

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "common/parse.h"

namespace minimarathon::serve {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using namespace std::chrono_literals;

constexpr auto kOpen = 1s;       // Who has not learnt by then learns it from a refused connection.
constexpr auto kLimit = 2500ms;  // 3 s is Mesos' usual grace period.
/// Whoever sends us work has learnt of the end by a so-many-th of the limit. Who keeps a connection
/// and pauses for longer loses it just as the next request leaves, and cannot tell why: no proxy
/// can mend that.
constexpr int kQuietPart = 8;

/// As long as its environment says, for apps whose taskKillGracePeriodSeconds is longer.
std::chrono::milliseconds limit() {
  const char* const said = std::getenv("DRAIN_SECONDS");
  const auto seconds = common::parse_integer<int>(said == nullptr ? "" : said);
  return seconds ? std::chrono::seconds(*seconds) : kLimit;
}

}  // namespace

Host::Host(std::string_view name)
    : name_(name), signals_(io_, SIGTERM, SIGINT), limit_(io_), doors_(io_) {}

common::Expected<void> Host::serve(const common::SocketAddress& address,
                                   http::Server::Handler handler) {
  const auto port = servers_.emplace_back(io_, std::move(handler)).listen(address);
  if (!port) return tl::unexpected(port.error());
  return {};
}

http::Response Host::answer(int status, std::string_view content_type, std::string body) const {
  http::Response response{.status = status,
                          .headers = {{"Server", "signpost-serve/" + name_},
                                      {"Content-Type", std::string(content_type)}},
                          .body = std::move(body)};
  if (!task_id().empty()) response.headers.emplace_back("X-Task-Id", task_id());
  return response;
}

int Host::run() {
  signals_.async_wait([this](error_code, int) { wind_down(); });
  io_.run();
  return EXIT_SUCCESS;
}

void Host::wind_down() {
  const auto longest = limit();
  const auto quiet = longest / kQuietPart;
  limit_.expires_after(servers_.empty() ? quiet : longest);
  limit_.async_wait([this](error_code) { io_.stop(); });
  doors_.expires_after(kOpen);
  doors_.async_wait([this](error_code) {
    for (http::Server& server : servers_) server.close_doors();
  });
  draining_ = servers_.size();
  for (http::Server& server : servers_) {
    server.drain(quiet, [this] {
      if (--draining_ == 0) io_.stop();
    });
  }
}

int Host::give_up(const common::Error& error) const {
  fmt::print(stderr, "signpost serve {}: {}\n", name_, error.message);
  return EXIT_FAILURE;
}

std::string_view task_id() {
  const char* const id = std::getenv("MESOS_TASK_ID");
  return id == nullptr ? std::string_view() : id;
}

std::string quoted(std::string_view text) {
  return boost::json::serialize(boost::json::string(text));
}

}  // namespace minimarathon::serve
