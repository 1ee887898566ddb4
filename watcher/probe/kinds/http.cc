#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <utility>

#include "http/client.h"
#include "watcher/probe/checker.h"
#include "watcher/probe/kinds/connection.h"

namespace watcher {
namespace {

using common::Expected;
using config::StatusRange;

constexpr std::uint64_t kMaxBody = 1 << 20;  // A larger answer is no answer to a health check.
/// The prober ends what takes too long; this only bounds it once more.
constexpr std::chrono::hours kNoTimeout{24};

bool is_expected(int status, const std::vector<StatusRange>& ranges) {
  if (ranges.empty()) return status >= 200 && status <= 399;  // As Marathon has it.
  return std::any_of(ranges.begin(), ranges.end(), [status](const StatusRange& range) {
    return status >= range.first && status <= range.last;
  });
}

Finding judge(const Expected<http::Response>& answer, const config::Check& check) {
  if (!answer) {
    const bool is_ours = answer.error().code == common::ErrorCode::Conflict;
    return is_ours ? Finding::inconclusive(answer.error().message)
                   : Finding::failed(answer.error().message);
  }
  if (!is_expected(answer->status, check.statuses)) {
    return Finding::failed(fmt::format("status {}", answer->status));
  }
  const bool matches = answer->body.find(check.expect) != std::string::npos;
  return matches ? Finding::passed() : Finding::failed("the body holds not what is expected");
}

class HttpAttempt final : public CheckAttempt {
 public:
  std::unique_ptr<http::Operation> operation;
};

class HttpChecker final : public Checker {
 public:
  explicit HttpChecker(boost::asio::io_context& io) : io_(io) {}

  std::unique_ptr<CheckAttempt> begin(const common::SocketAddress& endpoint,
                                      const config::Check& check,
                                      Done done) override {
    const bool secure = check.kind == config::CheckKind::Https;
    const http::Url url{.scheme = secure ? "https" : "http",
                        .host = endpoint.ip.to_string(),
                        .port = std::to_string(endpoint.port),
                        .target = check.subject};
    http::Request request{.method = "GET", .target = check.subject, .headers = {}, .body = {}};
    if (!check.host.empty()) request.headers.emplace_back("Host", check.host);
    request.headers.emplace_back("User-Agent", "signpost");
    auto attempt = std::make_unique<HttpAttempt>();
    attempt->operation =
        http::fetch(io_,
                    url,
                    std::move(request),
                    {.timeout = kNoTimeout,
                     .max_body = kMaxBody,
                     .tls = tls(secure),
                     .server_name = check.host.substr(0, check.host.find(':')),
                     .preamble = probe::greeting(check)},
                    [check, done = std::move(done)](const Expected<http::Response>& answer) {
                      done(judge(answer, check));
                    });
    return attempt;
  }

 private:
  std::shared_ptr<const http::Tls> tls(bool secure) {
    if (secure && !tls_) tls_ = http::Tls::with_defaults(false);
    return tls_;
  }

  boost::asio::io_context& io_;
  std::shared_ptr<const http::Tls> tls_;
};

}  // namespace

std::unique_ptr<Checker> make_http_checker(boost::asio::io_context& io) {
  return std::make_unique<HttpChecker>(io);
}

}  // namespace watcher
