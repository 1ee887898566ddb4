#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string_view>
#include <utility>
#include <vector>

#include "common/parse.h"
#include "minimarathon/serve/host.h"
#include "minimarathon/serve/servers.h"

namespace minimarathon::serve {
namespace {

using common::Expected;
using std::chrono::milliseconds;
using ResponderPtr = std::shared_ptr<http::Responder>;

std::string variable(const char* name, const char* fallback) {
  const char* const value = std::getenv(name);
  return value == nullptr ? fallback : value;
}

Expected<int> milliseconds_in(const char* name) {
  const std::string text = variable(name, "0");
  const auto value = common::parse_integer<int>(text);
  if (value && *value >= 0) return *value;
  return common::fail(common::ErrorCode::InvalidInput,
                      fmt::format("{}='{}' is not a number of milliseconds", name, text));
}

/// Our environment, sorted, one variable a line.
std::string environment() {
  std::vector<std::string> lines;
  for (char** entry = environ; *entry != nullptr; ++entry) lines.emplace_back(*entry);
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) text += line + '\n';
  return text;
}

/// What mhausenblas/simpleservice answers.
class SimpleService {
 public:
  struct HealthDelay {
    int min_ms = 0;
    int max_ms = 0;
  };

  SimpleService(Host& host, std::string_view version, HealthDelay delay)
      : host_(host), version_(quoted(version)), delay_(delay.min_ms, delay.max_ms) {}

  void answer(const http::Request& request, const ResponderPtr& responder) {
    const std::string_view path = request.path();
    const std::string host = quoted(http::find_header(request.headers, "Host"));
    if (path == "/health") return answer_later(responder, R"({"healthy": true})");
    if (path == "/endpoint0") {
      return send(
          responder,
          fmt::format(R"({{"host": {}, "version": {}, "result": "all is well"}})", host, version_));
    }
    if (path == "/info") {
      return send(responder,
                  fmt::format(R"({{"host": {}, "version": {}, "from": {}}})",
                              host,
                              version_,
                              quoted(responder->peer().ip.to_string())));
    }
    if (path == "/env") {
      return send(responder,
                  fmt::format(R"({{"version": {}, "env": {}}})", version_, quoted(environment())));
    }
    responder->send(host_.answer(404, "text/plain", "no such resource\n"));
  }

 private:
  void send(const ResponderPtr& responder, std::string json) {
    responder->send(host_.answer(200, "application/json", std::move(json)));
  }

  /// Others are served meanwhile.
  void answer_later(const ResponderPtr& responder, std::string json) {
    const auto timer = std::make_shared<boost::asio::steady_timer>(host_.io());
    timer->expires_after(milliseconds(delay_(random_)));
    timer->async_wait(
        [this, timer, responder, json = std::move(json)](auto) { send(responder, json); });
  }

  Host& host_;
  std::string version_;  // As a JSON string.
  std::mt19937 random_{std::random_device{}()};
  std::uniform_int_distribution<int> delay_;
};

Expected<SimpleService::HealthDelay> health_delay() {
  const auto min = milliseconds_in("HEALTH_MIN");
  if (!min) return tl::unexpected(min.error());
  const auto max = milliseconds_in("HEALTH_MAX");
  if (!max) return tl::unexpected(max.error());
  return SimpleService::HealthDelay{.min_ms = *min, .max_ms = std::max(*min, *max)};
}

}  // namespace

int run_simpleservice() {
  Host host("simpleservice");
  const auto listen = first_listen(9876);
  if (!listen) return host.give_up(listen.error());
  const auto delay = health_delay();
  if (!delay) return host.give_up(delay.error());
  const std::string version = variable("SIMPLE_SERVICE_VERSION", "0.9");
  SimpleService service(host, version, *delay);
  const auto serving =
      host.serve(listen->address, [&service](const http::Request& request, auto responder) {
        service.answer(request, responder);
      });
  if (!serving) return host.give_up(serving.error());
  fmt::print("simpleservice {} listens on {}\n", version, listen->to_string());
  std::fflush(stdout);
  return host.run();
}

}  // namespace minimarathon::serve
