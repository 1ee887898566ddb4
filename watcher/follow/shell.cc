#include "watcher/follow/shell.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <set>
#include <utility>

#include "common/log.h"
#include "http/client.h"

namespace watcher {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using common::Error;
using common::ErrorCode;
using Tcp = asio::ip::tcp;

/// A handler that Asio may still call when its owner is gone, and that does nothing then.
template <class Handler>
auto while_alive(const std::shared_ptr<bool>& owner, Handler handler) {
  return [alive = std::weak_ptr<bool>(owner), handler](auto&&... arguments) {
    if (!alive.expired()) handler(arguments...);
  };
}

common::Expected<std::vector<IpAddress>> addresses_of(error_code error,
                                                      const Tcp::resolver::results_type& found) {
  if (error) return common::fail(ErrorCode::NotFound, error.message());
  std::set<IpAddress> addresses;
  for (const auto& entry : found) {
    const auto address = IpAddress::parse(entry.endpoint().address().to_string());
    if (address) addresses.insert(*address);
  }
  return std::vector<IpAddress>(addresses.begin(), addresses.end());
}

}  // namespace

class Shell::Impl {
 public:
  Impl(asio::io_context& io, std::unique_ptr<Follower> follower, Options options, BatchSink sink)
      : io_(io),
        follower_(std::move(follower)),
        options_(options),
        sink_(std::move(sink)),
        timer_(io),
        resolver_(io) {}

  void start() {
    asio::post(io_, while_alive(alive_, [this] {
                 tell([this](TimePoint now) { follower_->tick(now); });
               }));
  }

  void tell(const std::function<void(TimePoint now)>& input) {
    input(std::chrono::steady_clock::now());
    for (Action& action : follower_->take_actions()) {
      std::visit([this](auto& what) { perform(what); }, action);
    }
    set_timer();
  }

  SourceStatus status() const { return follower_->status(); }

 private:
  void perform(OpenStream& what) {
    http::StreamHandlers handlers;
    handlers.on_head = [this](const http::Response& head) {
      tell([&](TimePoint now) { follower_->stream_head(head, now); });
    };
    handlers.on_bytes = [this](std::string_view bytes) {
      tell([&](TimePoint now) { follower_->stream_bytes(bytes, now); });
    };
    handlers.on_end = [this](const Error& why) {
      tell([&](TimePoint now) { follower_->stream_ended(why, now); });
    };
    stream_ = http::open_stream(
        io_, what.url, std::move(what.request), options_.connect_timeout, std::move(handlers));
  }

  void perform(Disconnect&) {
    stream_.reset();
    gets_.clear();
  }

  void perform(Get& what) {
    http::FetchOptions options;
    options.timeout = what.timeout;
    options.max_body = options_.max_body;
    const auto done = [this, id = what.id](const Answer& answer) {
      gets_.erase(id);
      tell([&](TimePoint now) { follower_->answered(id, answer, now); });
    };
    gets_[what.id] = http::fetch(io_, what.url, std::move(what.request), options, done);
  }

  void perform(Resolve& what) {
    const auto done = [this, host = what.host](error_code error,
                                               const Tcp::resolver::results_type& found) {
      tell([&](TimePoint now) { follower_->resolved(host, addresses_of(error, found), now); });
    };
    resolver_.async_resolve(what.host, "", while_alive(alive_, done));
  }

  void perform(Deliver& what) { sink_(std::move(what.batch)); }
  static void perform(Log& what) { common::log::write(what.level, what.line); }

  void set_timer() {
    timer_.expires_at(follower_->next_tick());
    timer_.async_wait(while_alive(alive_, [this](error_code error) {
      if (!error) tell([this](TimePoint now) { follower_->tick(now); });
    }));
  }

  asio::io_context& io_;
  std::unique_ptr<Follower> follower_;
  Options options_;
  BatchSink sink_;
  asio::steady_timer timer_;
  Tcp::resolver resolver_;
  std::unique_ptr<http::Operation> stream_;
  std::map<std::uint64_t, std::unique_ptr<http::Operation>> gets_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // Goes first.
};

Shell::Shell(asio::io_context& io,
             std::unique_ptr<Follower> follower,
             Options options,
             BatchSink sink)
    : impl_(std::make_unique<Impl>(io, std::move(follower), options, std::move(sink))) {}
Shell::~Shell() = default;

void Shell::start() { impl_->start(); }
SourceStatus Shell::status() const { return impl_->status(); }
void Shell::tell(const std::function<void(TimePoint now)>& input) { impl_->tell(input); }

}  // namespace watcher
