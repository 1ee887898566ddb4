#include "signpost/caller.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <list>
#include <thread>
#include <utility>
#include <vector>

#include "http/client.h"

namespace signpost {
namespace {

using common::Expected;

http::FetchOptions fetch_options() { return {.timeout = std::chrono::seconds(5)}; }

}  // namespace

Expected<http::Response> call(const std::string& text,
                              http::Request request,
                              std::shared_ptr<const http::Tls> tls) {
  const auto url = http::Url::parse(text);
  if (!url) return tl::unexpected(url.error());
  request.target = url->target;
  http::FetchOptions options = fetch_options();
  options.tls = std::move(tls);
  boost::asio::io_context io;
  Expected<http::Response> answer = common::fail(common::ErrorCode::Unavailable, "no answer");
  const auto under_way =
      http::fetch(io, *url, std::move(request), options, [&](Expected<http::Response> got) {
        answer = std::move(got);
      });
  io.run();
  return answer;
}

Expected<http::Response> send_json(std::string_view method,
                                   const std::string& url,
                                   std::string body) {
  http::Request request;
  request.method = method;
  request.headers = {{"Content-Type", "application/json"}};
  request.body = std::move(body);
  return call(url, std::move(request));
}

class Load::Impl {
 public:
  explicit Impl(http::Url url) : url_(std::move(url)) {
    for (int i = 0; i < kParallel; ++i) loops_.emplace_back(io_);
    for (Loop& loop : loops_) next(loop);
    thread_ = std::thread([this] { io_.run(); });
  }
  ~Impl() { stop(); }

  std::uint64_t calls() const { return calls_.load(); }

  LoadReport stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
    return report_;
  }

 private:
  static constexpr int kParallel = 4;
  static constexpr std::chrono::milliseconds kPause{1};

  struct Loop {
    explicit Loop(boost::asio::io_context& io) : pause(io) {}
    boost::asio::steady_timer pause;
    std::unique_ptr<http::Operation> under_way;
  };

  void next(Loop& loop) {
    http::Request request;
    request.target = url_.target;
    loop.under_way = http::fetch(io_,
                                 url_,
                                 std::move(request),
                                 fetch_options(),
                                 [this, &loop](const Expected<http::Response>& answer) {
                                   count(answer);
                                   if (!stopping_) rest(loop);
                                 });
  }

  void rest(Loop& loop) {
    loop.pause.expires_after(kPause);
    loop.pause.async_wait([this, &loop](boost::system::error_code) { next(loop); });
  }

  void count(const Expected<http::Response>& answer) {
    ++report_.calls;
    calls_ = report_.calls;
    if (answer && answer->status == 200) {
      ++report_.by_task[std::string(http::find_header(answer->headers, "X-Task-Id"))];
      return;
    }
    if (report_.failed++ > 0) return;
    report_.first_failure =
        answer ? "status " + std::to_string(answer->status) : answer.error().message;
  }

  boost::asio::io_context io_{1};
  http::Url url_;
  std::list<Loop> loops_;
  LoadReport report_;  // The load's thread only, until it has been joined.
  std::atomic<std::uint64_t> calls_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

Load::Load(const std::string& url) : impl_(std::make_unique<Impl>(http::Url::parse(url).value())) {}
Load::~Load() = default;
std::uint64_t Load::calls() const { return impl_->calls(); }
LoadReport Load::stop() { return impl_->stop(); }

}  // namespace signpost
