#include "http/client.h"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "http/head.h"
#include "http/parser.h"
#include "http/transport.h"

namespace http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using common::Error;
using common::ErrorCode;
using std::chrono::steady_clock;

constexpr std::uint32_t kMaxHead = 64 << 10;
constexpr std::size_t kReadSize = 64 << 10;
constexpr std::size_t kMaxBuffer = kMaxHead + kReadSize;

std::shared_ptr<const Tls> tls_for(const Url& url, const FetchOptions& options) {
  if (url.scheme != "https" || options.tls) return options.tls;
  return Tls::with_defaults(options.verify_peer);
}

/// One request and its answer on a connection of their own. Handlers on the loop share it, so it
/// outlives its Operation until the loop has seen them all; once cancelled it calls nobody.
class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(asio::io_context& io, const Url& url, const Request& request, FetchOptions options);
  virtual ~Exchange() = default;

  void start();
  void cancel();  // At any time, also from within received() and ended().

 protected:
  virtual void received() = 0;                              // The parser has something new.
  virtual void ended(const std::optional<Error>& why) = 0;  // Last call; no error: all is here.

  bool cancelled() const { return cancelled_; }
  void lift_deadline() { deadline_.expires_at(steady_clock::time_point::max()); }
  const std::string& peer() const { return authority_; }

  Parser<Response> parser_;

 private:
  using Code = Transport::Code;

  void on_open(Code code);
  void read();
  void on_read(Code code, std::size_t size);
  void on_end_of_input(Code code);
  void on_deadline(Code code);
  void finish(const std::optional<Error>& why);
  std::string in_words(const std::string& what) const;
  void finish(ErrorCode code, const std::string& what) { finish(Error{code, in_words(what)}); }
  void fail(Code code);

  const std::string authority_;
  const FetchOptions options_;
  const std::string wire_;  // The request.
  Transport transport_;
  asio::steady_timer deadline_;
  beast::flat_buffer buffer_{kMaxBuffer};
  std::string_view doing_;  // What goes on after the transport is open.
  bool cancelled_ = false;
};

Exchange::Exchange(asio::io_context& io,
                   const Url& url,
                   const Request& request,
                   FetchOptions options)
    : authority_(url.authority()),
      options_(options),
      wire_(request_head(url, request) + request.body),
      transport_(io, url, tls_for(url, options), options.server_name, options.preamble),
      deadline_(io) {
  parser_.header_limit(kMaxHead);
  parser_.body_limit(options.max_body);
  parser_.skip(request.method == "HEAD");
}

void Exchange::start() {
  deadline_.expires_after(options_.timeout);
  deadline_.async_wait([self = shared_from_this()](Code code) { self->on_deadline(code); });
  transport_.open([self = shared_from_this()](Code code) { self->on_open(code); });
}

void Exchange::cancel() {
  cancelled_ = true;
  deadline_.cancel();
  transport_.close();
}

std::string Exchange::in_words(const std::string& what) const {
  const std::string_view doing = doing_.empty() ? transport_.stage() : doing_;
  return authority_ + ": cannot " + std::string(doing) + ": " + what;
}

void Exchange::on_open(Code code) {
  if (cancelled_) return;
  if (code) return fail(code);
  doing_ = "read the answer";
  // A peer that refuses a request early closes while we still write, and its answer says why: what
  // breaks the connection for good shows in the read.
  transport_.write(wire_, [self = shared_from_this()](Code) {});
  read();
}

void Exchange::read() {
  const std::size_t room = std::min(kReadSize, kMaxBuffer - buffer_.size());
  if (room == 0) return finish(ErrorCode::InvalidInput, "it is malformed");
  transport_.read_some(
      buffer_.prepare(room),
      [self = shared_from_this()](Code code, std::size_t size) { self->on_read(code, size); });
}

void Exchange::on_read(Code code, std::size_t size) {
  if (cancelled_) return;
  buffer_.commit(size);
  Code problem;
  parser_.feed(buffer_, problem);
  received();
  if (cancelled_) return;
  if (problem == beast::http::error::body_limit) {
    return finish(ErrorCode::InvalidInput,
                  "its body is larger than " + std::to_string(options_.max_body) + " bytes");
  }
  if (problem) {
    return finish(ErrorCode::InvalidInput, "it is malformed (" + problem.message() + ")");
  }
  if (parser_.is_done()) return finish(std::nullopt);
  if (code) return on_end_of_input(code);
  read();
}

void Exchange::on_end_of_input(Code code) {
  if (code != asio::error::eof) return fail(code);
  if (!parser_.got_some()) {
    return finish(ErrorCode::Unavailable, "the peer closed the connection without one");
  }
  Code truncated;
  parser_.put_eof(truncated);
  if (truncated) {
    return finish(ErrorCode::Unavailable, "the peer closed the connection in the middle of it");
  }
  finish(std::nullopt);
}

void Exchange::on_deadline(Code code) {
  // The deadline may have been moved after this call was queued.
  if (cancelled_ || code || deadline_.expiry() > steady_clock::now()) return;
  finish(ErrorCode::Timeout, "not done after " + std::to_string(options_.timeout.count()) + " ms");
}

void Exchange::finish(const std::optional<Error>& why) {
  cancel();
  ended(why);
}

void Exchange::fail(Code code) {
  const Error error = transport_.explain(code);
  finish(error.code, error.message);
}

class Fetch final : public Exchange {
 public:
  using Done = std::function<void(common::Expected<Response>)>;

  Fetch(
      asio::io_context& io, const Url& url, const Request& request, FetchOptions options, Done done)
      : Exchange(io, url, request, options), done_(std::move(done)) {}

 private:
  void received() override {}
  void ended(const std::optional<Error>& why) override {
    const Done done = std::move(done_);
    if (why) return done(tl::unexpected(*why));
    done(std::move(parser_.message));
  }

  Done done_;
};

class Stream final : public Exchange {
 public:
  Stream(asio::io_context& io,
         const Url& url,
         const Request& request,
         FetchOptions options,
         StreamHandlers handlers)
      : Exchange(io, url, request, options), handlers_(std::move(handlers)) {
    parser_.body_limit(boost::none);
  }

 private:
  void received() override {
    std::string& body = parser_.message.body;
    if (!head_delivered_ && parser_.is_header_done()) deliver_head();
    if (!cancelled() && !body.empty()) handlers_.on_bytes(body);
    body.clear();
  }
  void deliver_head() {
    head_delivered_ = true;
    lift_deadline();
    const Response& answer = parser_.message;
    handlers_.on_head({.status = answer.status, .headers = answer.headers, .body = {}});
  }
  void ended(const std::optional<Error>& why) override {
    handlers_.on_end(why ? *why
                         : Error{ErrorCode::Unavailable, peer() + ": the peer ended the stream"});
  }

  StreamHandlers handlers_;
  bool head_delivered_ = false;
};

/// What the caller holds: its end is the exchange's.
class Handle final : public Operation {
 public:
  explicit Handle(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {
    exchange_->start();
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() override { exchange_->cancel(); }

 private:
  std::shared_ptr<Exchange> exchange_;
};

}  // namespace

std::unique_ptr<Operation> fetch(asio::io_context& io,
                                 const Url& url,
                                 Request request,
                                 FetchOptions options,
                                 std::function<void(common::Expected<Response>)> done) {
  if (find_header(request.headers, "Connection").empty()) {
    request.headers.emplace_back("Connection", "close");
  }
  return std::make_unique<Handle>(
      std::make_shared<Fetch>(io, url, request, options, std::move(done)));
}

std::unique_ptr<Operation> open_stream(asio::io_context& io,
                                       const Url& url,
                                       const Request& request,
                                       std::chrono::milliseconds connect_timeout,
                                       StreamHandlers handlers,
                                       std::shared_ptr<const Tls> tls) {
  FetchOptions options{.timeout = connect_timeout};
  options.tls = std::move(tls);
  return std::make_unique<Handle>(
      std::make_shared<Stream>(io, url, request, std::move(options), std::move(handlers)));
}

}  // namespace http
