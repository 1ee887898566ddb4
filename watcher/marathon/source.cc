#include "watcher/marathon/source.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <random>
#include <set>
#include <utility>

#include "common/log.h"
#include "http/client.h"
#include "watcher/marathon/follower.h"

namespace watcher {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using common::Error;
using common::ErrorCode;
using marathon::Follower;

constexpr std::uint64_t kMaxBody = 1ULL << 30;  // 100 000 tasks make about 100 MB.

std::chrono::steady_clock::time_point now() { return std::chrono::steady_clock::now(); }

/// A handler that Asio may still call when its owner is gone, and that does nothing then.
template <class Handler>
auto while_alive(const std::shared_ptr<bool>& owner, Handler handler) {
  return [alive = std::weak_ptr<bool>(owner), handler](auto&&... arguments) {
    if (!alive.expired()) handler(arguments...);
  };
}

/// Gives the follower sockets, a timer and a resolver, and carries out what it decides.
class MarathonSource final : public Source {
 public:
  MarathonSource(asio::io_context& io,
                 const config::Marathon& options,
                 std::vector<http::Url> seeds,
                 BatchSink sink)
      : io_(io),
        sink_(std::move(sink)),
        connect_timeout_(options.request_timeout),
        follower_(options, std::move(seeds), std::random_device{}()),
        timer_(io),
        resolver_(io) {}

  void start() override {
    asio::post(io_, while_alive(alive_, [this] {
                 follower_.tick(now());
                 carry_out();
               }));
  }

  SourceStatus status() const override { return follower_.status(); }

 private:
  void carry_out() {
    for (marathon::Action& action : follower_.take_actions()) {
      std::visit([this](auto& what) { perform(what); }, action);
    }
    set_timer();
  }

  void perform(marathon::OpenStream& what) {
    http::StreamHandlers handlers;
    handlers.on_head = [this](const http::Response& head) {
      follower_.stream_head(head, now());
      carry_out();
    };
    handlers.on_bytes = [this](std::string_view bytes) {
      follower_.stream_bytes(bytes, now());
      carry_out();
    };
    handlers.on_end = [this](const Error& why) {
      follower_.stream_ended(why, now());
      carry_out();
    };
    stream_ = http::open_stream(
        io_, what.url, std::move(what.request), connect_timeout_, std::move(handlers));
  }

  void perform(marathon::Disconnect&) {
    stream_.reset();
    gets_.clear();
  }

  void perform(marathon::Get& what) {
    http::FetchOptions options;
    options.timeout = what.timeout;
    options.max_body = kMaxBody;
    gets_[what.id] = http::fetch(io_,
                                 what.url,
                                 std::move(what.request),
                                 options,
                                 [this, id = what.id](const marathon::Answer& answer) {
                                   gets_.erase(id);
                                   follower_.answered(id, answer, now());
                                   carry_out();
                                 });
  }

  void perform(marathon::Resolve& what) {
    const auto done = [this, host = what.host](error_code error,
                                               const asio::ip::tcp::resolver::results_type& found) {
      follower_.resolved(host, addresses_of(error, found), now());
      carry_out();
    };
    resolver_.async_resolve(what.host, "", while_alive(alive_, done));
  }

  static common::Expected<std::vector<IpAddress>> addresses_of(
      error_code error, const asio::ip::tcp::resolver::results_type& found) {
    if (error) return common::fail(ErrorCode::NotFound, error.message());
    std::set<IpAddress> addresses;
    for (const auto& entry : found) {
      const auto address = IpAddress::parse(entry.endpoint().address().to_string());
      if (address) addresses.insert(*address);
    }
    return std::vector<IpAddress>(addresses.begin(), addresses.end());
  }

  void perform(marathon::Deliver& what) { sink_(std::move(what.batch)); }
  void perform(marathon::Log& what) { common::log::write(what.level, what.line); }

  void set_timer() {
    timer_.expires_at(follower_.next_tick());
    timer_.async_wait(while_alive(alive_, [this](error_code error) {
      if (error) return;
      follower_.tick(now());
      carry_out();
    }));
  }

  asio::io_context& io_;
  BatchSink sink_;
  std::chrono::milliseconds connect_timeout_;
  Follower follower_;
  asio::steady_timer timer_;
  asio::ip::tcp::resolver resolver_;
  std::unique_ptr<http::Operation> stream_;
  std::map<std::uint64_t, std::unique_ptr<http::Operation>> gets_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // Goes first.
};

/// Stands in for a Marathon that none of the configured URLs leads to.
class Unreachable final : public Source {
 public:
  void start() override {}
  SourceStatus status() const override {
    SourceStatus status;
    status.name = Follower::kSource;
    status.last_error = "none of marathon.urls can be read";
    return status;
  }
};

std::vector<http::Url> read_seeds(const config::Marathon& options) {
  std::vector<http::Url> seeds;
  for (const std::string& text : options.urls) {
    auto url = http::Url::parse(text);
    if (url) {
      seeds.push_back(std::move(*url));
    } else {
      common::log::error(
          "source={} error=\"{}\" option=marathon.urls", Follower::kSource, url.error().message);
    }
  }
  return seeds;
}

}  // namespace

std::unique_ptr<Source> make_marathon_source(asio::io_context& io,
                                             const config::Marathon& options,
                                             BatchSink sink) {
  auto seeds = read_seeds(options);
  if (seeds.empty()) return std::make_unique<Unreachable>();
  return std::make_unique<MarathonSource>(io, options, std::move(seeds), std::move(sink));
}

}  // namespace watcher
