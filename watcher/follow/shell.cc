#include "watcher/follow/shell.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <set>
#include <utility>

#include "common/log.h"
#include "http/client.h"
#include "watcher/auth/identity.h"

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

bool is_refusal(const http::Response& answer) {
  return answer.status == 401 || answer.status == 403;
}

bool have_same_origin(const http::Url& a, const http::Url& b) {
  return a.scheme == b.scheme && a.host == b.host && a.port == b.port;
}

}  // namespace

class Shell::Impl {
 public:
  Impl(asio::io_context& io, std::unique_ptr<Follower> follower, Options options, BatchSink sink)
      : io_(io),
        follower_(std::move(follower)),
        options_(std::move(options)),
        sink_(std::move(sink)),
        identity_(io, {options_.access, options_.section, options_.connect_timeout}),
        timer_(io),
        resolver_(io) {}

  void restore(const std::vector<Task>& tasks) { follower_->restore(tasks); }

  void start() {
    asio::post(io_, while_alive(alive_, [this] {
                 tell([this](TimePoint now) { follower_->tick(now); });
               }));
  }

  void tell(const std::function<void(TimePoint now)>& input) {
    input(std::chrono::steady_clock::now());
    for (Action& action : follower_->take_actions()) {
      std::visit([this](auto& what) { this->perform(what); }, action);
    }
    set_timer();
  }

  SourceStatus status() const { return follower_->status(); }
  bool takes_orders() const { return follower_->takes_orders(); }

  void order(http::Request request, Orders::Done done) {
    auto get = follower_->order(std::move(request));
    const std::uint64_t id = ++last_order_;
    orders_.emplace(id, std::move(done));
    if (!get) return lose_order(id);
    get->id = id;
    perform(*get);
  }

 private:
  // ---- Requests: wait for credentials where they are due, go out, come back

  void perform(OpenStream& what) {
    stream_.reset();
    std::erase_if(waiting_, [](const auto& w) { return std::holds_alternative<OpenStream>(w); });
    ++streams_;
    admit(std::move(what));
  }
  void perform(Get& what) {
    gets_[what.id] = nullptr;
    admit(std::move(what));
  }
  void perform(Disconnect&) {
    stream_.reset();
    ++streams_;
    gets_.clear();
    waiting_.clear();
    for (const auto& [id, done] : orders_) lose_order(id);
    identity_.cancel();
    identity_.renew_tls();
  }

  template <class What>
  void admit(What what) {
    if (!may_see_credentials(what)) return send(what, {});
    waiting_.emplace_back(std::move(what));
    if (waiting_.size() == 1) identity_.authorize([this](const auto& shown) { release(shown); });
  }
  template <class What>
  bool may_see_credentials(const What& what) const {
    if (!identity_.has_credentials()) return false;
    const auto& peers = options_.peers;
    if (is_peer(what.url)) return true;
    const bool clear = what.url.scheme == "http" && !peers.empty() &&
                       std::all_of(peers.begin(), peers.end(), [](const http::Url& peer) {
                         return peer.scheme == "https";
                       });
    return what.vouched && !clear;
  }
  bool is_peer(const http::Url& url) const {
    return std::any_of(options_.peers.begin(), options_.peers.end(), [&](const http::Url& peer) {
      return have_same_origin(peer, url);
    });
  }
  void release(const common::Expected<http::Headers>& shown) {
    for (auto& waiting : std::exchange(waiting_, {})) {
      std::visit([&](auto& what) { shown ? send(what, *shown) : fail(what, shown.error()); },
                 waiting);
    }
  }

  void send(OpenStream& what, const http::Headers& shown) {
    const auto tls = tls_for(what.url);
    if (!tls) return fail(what, tls.error());
    http::StreamHandlers handlers;
    handlers.on_head = [this, what, shown](const http::Response& head) {
      take_head(what, shown, head);
    };
    handlers.on_bytes = [this](std::string_view bytes) {
      tell([&](TimePoint now) { follower_->stream_bytes(bytes, now); });
    };
    handlers.on_end = [this, url = what.url](const Error& why) {
      end_stream(head_seen_ ? why : explain(why, url));
    };
    head_seen_ = false;
    stream_ = http::open_stream(io_,
                                what.url,
                                with(shown, what.request),
                                options_.connect_timeout,
                                std::move(handlers),
                                *tls);
  }
  void take_head(const OpenStream& asked, const http::Headers& shown, const http::Response& head) {
    head_seen_ = true;
    if (!is_refusal(head)) {
      return tell([&](TimePoint now) { follower_->stream_head(head, now); });
    }
    OpenStream again = asked;  // The stream owns what is passed here.
    const bool retry = head.status == 401 && identity_.refused(shown);
    const Error why = refusal(head.status);
    stream_.reset();
    retry ? admit(std::move(again)) : end_stream(why);
  }
  void end_stream(const Error& why) {
    tell([&](TimePoint now) { follower_->stream_ended(why, now); });
  }

  void send(Get& what, const http::Headers& shown) {
    const auto tls = tls_for(what.url);
    if (!tls) return fail(what, tls.error());
    http::FetchOptions options{.timeout = what.timeout, .max_body = options_.max_body};
    options.tls = *tls;
    const auto done = [this, what, shown](const Answer& answer) { take(what, shown, answer); };
    gets_[what.id] = http::fetch(io_, what.url, with(shown, what.request), options, done);
  }
  void take(const Get& asked, const http::Headers& shown, const Answer& answer) {
    if (!answer) return answered(asked.id, tl::unexpected(explain(answer.error(), asked.url)));
    if (!is_refusal(*answer)) return answered(asked.id, answer);
    if (answer->status == 401 && identity_.refused(shown)) return admit(asked);
    answered(asked.id, tl::unexpected(refusal(answer->status)));
  }
  void answered(std::uint64_t id, const Answer& answer) {
    gets_.erase(id);
    if (id > kFirstOrder) return finish_order(id, answer);
    tell([&](TimePoint now) { follower_->answered(id, answer, now); });
  }
  void finish_order(std::uint64_t id, const Answer& answer) {
    const auto order = orders_.find(id);
    if (order == orders_.end()) return;
    const Orders::Done done = std::move(order->second);
    orders_.erase(order);
    done(answer);
  }
  /// Later, as every other answer comes.
  void lose_order(std::uint64_t id) {
    asio::post(io_, while_alive(alive_, [this, id] {
                 finish_order(id, common::fail(ErrorCode::Unavailable, "it is not connected"));
               }));
  }

  static http::Request with(const http::Headers& shown, http::Request request) {
    request.headers.insert(request.headers.end(), shown.begin(), shown.end());
    return request;
  }
  common::Expected<std::shared_ptr<const http::Tls>> tls_for(const http::Url& url) {
    if (url.scheme != "https") return nullptr;
    return identity_.tls();
  }

  // ---- What never went out, or was refused

  void fail(const OpenStream&, const Error& why) {
    asio::post(io_, while_alive(alive_, [this, number = streams_, why] {
                 if (number == streams_) end_stream(why);
               }));
  }
  void fail(const Get& what, const Error& why) {
    asio::post(io_, while_alive(alive_, [this, id = what.id, why] {
                 if (gets_.contains(id)) answered(id, tl::unexpected(why));
               }));
  }
  Error refusal(int status) const {
    return {ErrorCode::NotPermitted, identity_.explain_refusal(status)};
  }
  /// Adds which option may be to blame.
  Error explain(Error error, const http::Url& url) const {
    if (error.code == ErrorCode::NotPermitted) {
      error.message += "; " + identity_.explain_distrust();
    } else if (is_peer(url)) {
      error.message += "; see " + options_.peers_option;
    }
    return error;
  }

  // ---- The rest

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
  auth::Identity identity_;
  asio::steady_timer timer_;
  Tcp::resolver resolver_;
  std::vector<std::variant<OpenStream, Get>> waiting_;  // For credentials.
  std::unique_ptr<http::Operation> stream_;
  std::uint64_t streams_ = 0;                                       // Opened or dropped, up to now.
  bool head_seen_ = false;                                          // Of the stream.
  std::map<std::uint64_t, std::unique_ptr<http::Operation>> gets_;  // Null: not sent yet.
  static constexpr std::uint64_t kFirstOrder = 1ULL << 63;          // Ids of Gets are below.
  std::uint64_t last_order_ = kFirstOrder;
  std::map<std::uint64_t, Orders::Done> orders_;                // Not answered yet.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // Goes first.
};

Shell::Shell(asio::io_context& io,
             std::unique_ptr<Follower> follower,
             Options options,
             BatchSink sink)
    : impl_(std::make_unique<Impl>(io, std::move(follower), std::move(options), std::move(sink))) {}
Shell::~Shell() = default;

void Shell::restore(const std::vector<Task>& tasks) { impl_->restore(tasks); }
void Shell::start() { impl_->start(); }
SourceStatus Shell::status() const { return impl_->status(); }
Orders* Shell::orders() { return impl_->takes_orders() ? this : nullptr; }
void Shell::order(http::Request request, Done done) {
  impl_->order(std::move(request), std::move(done));
}
void Shell::tell(const std::function<void(TimePoint now)>& input) { impl_->tell(input); }

}  // namespace watcher
