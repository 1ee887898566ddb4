#include "http/connection.h"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <boost/beast/core/string.hpp>

#include "http/head.h"

namespace http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::uint32_t kMaxHead = 16 << 10;
constexpr std::size_t kReadSize = 16 << 10;
constexpr std::size_t kMaxBuffer = kMaxHead + kReadSize;
constexpr auto kIdle = 60s;   // Between requests, and without progress inside a body or an answer.
constexpr auto kLinger = 2s;  // For the client to close after our last word.

Response text_response(int status, const std::string& text) {
  return {.status = status, .headers = {{"Content-Type", "text/plain"}}, .body = text + "\n"};
}

Response no_room() {
  return {.status = 503,
          .headers = {{"Content-Type", "application/json"}, {"Retry-After", "5"}},
          .body = "{\"error\": \"too much waits for other clients already; try again\"}\n"};
}

/// The path and query of "http://host/path", which servers must accept (RFC 9112 section 3.2.2).
std::string origin_form(std::string target) {
  if (target.starts_with('/')) return target;
  const auto url = Url::parse(target);
  return url ? url->target : target;
}

/// The stream of one response; its end, however it comes, is the end of the response.
class ConnectionStream final : public BodyStream {
 public:
  explicit ConnectionStream(std::shared_ptr<Connection> connection)
      : connection_(std::move(connection)) {}
  ConnectionStream(const ConnectionStream&) = delete;
  ConnectionStream& operator=(const ConnectionStream&) = delete;
  ~ConnectionStream() override { connection_->end_stream(); }

  void write(std::string_view bytes) override { connection_->write(bytes); }
  std::size_t queued() const override { return connection_->queued(); }
  void close() override { connection_->end_stream(); }
  void on_closed(std::function<void()> closed) override {
    connection_->on_closed(std::move(closed));
  }
  void on_drained(std::function<void()> drained) override {
    connection_->on_drained(std::move(drained));
  }
  common::SocketAddress peer() const override { return connection_->peer(); }

 private:
  std::shared_ptr<Connection> connection_;
};

/// Answers once; what is dropped unanswered is answered for.
class ConnectionResponder final : public Responder {
 public:
  explicit ConnectionResponder(std::shared_ptr<Connection> connection)
      : connection_(std::move(connection)) {}
  ConnectionResponder(const ConnectionResponder&) = delete;
  ConnectionResponder& operator=(const ConnectionResponder&) = delete;
  ~ConnectionResponder() override {
    send(text_response(500, "the request was dropped without an answer"));
  }

  void send(Response response) override {
    if (!std::exchange(answered_, true)) connection_->respond(response);
  }
  std::shared_ptr<BodyStream> stream(Response head) override {
    if (!std::exchange(answered_, true)) connection_->begin_stream(head);
    return std::make_shared<ConnectionStream>(connection_);
  }
  void on_left(std::function<void()> left) override {
    if (!answered_) connection_->on_left(std::move(left));
  }
  common::SocketAddress peer() const override { return connection_->peer(); }

 private:
  std::shared_ptr<Connection> connection_;
  bool answered_ = false;
};

}  // namespace

Connection::Connection(Channel channel,
                       std::shared_ptr<const Server::Handler> handler,
                       const ServerLimits& limits,
                       Owner& owner)
    : channel_(std::move(channel)),
      deadline_(channel_.executor()),
      handler_(std::move(handler)),
      limits_(limits),
      owner_(&owner),
      buffer_(kMaxBuffer) {}

void Connection::start() {
  begin_request();
  if (channel_.is_opening()) set_deadline(limits_.handshake);
  read();
}

void Connection::abandon() {
  handler_ = nullptr;
  on_closed_ = nullptr;
  on_drained_ = nullptr;
  owner_ = nullptr;
  drop();
}

void Connection::cut_off() {
  channel_.reset();
  drop();
}

bool Connection::is_busy() const {
  return phase_ == Phase::Handling || !out_.empty() ||
         (phase_ == Phase::Reading && parser_->got_some());
}

// --- Input ---------------------------------------------------------------------------------------

void Connection::read() {
  const bool full = buffer_.size() == kMaxBuffer;
  if (phase_ == Phase::Closed || reading_ || input_ended_ || full) return;
  reading_ = true;
  channel_.wait_to_read([self = shared_from_this()](Code code) {
    self->reading_ = false;
    self->on_readable(code);
  });
}

void Connection::on_readable(Code code) {
  if (phase_ == Phase::Closed) return;
  const std::size_t room = std::min(kReadSize, kMaxBuffer - buffer_.size());
  const bool was_opening = channel_.is_opening();
  if (!code) buffer_.commit(channel_.read_some(buffer_.prepare(room), code));
  if (was_opening && !channel_.is_opening()) set_deadline(kIdle);
  if (code == asio::error::would_block) return read();
  if (code) return on_end_of_input(code);
  if (out_.empty()) last_progress_ = steady_clock::now();  // Else it is to take, not to send.
  if (phase_ == Phase::Streaming || phase_ == Phase::Closing) buffer_.clear();
  if (phase_ == Phase::Reading) take_requests();
  read();
}

/// A client may close its half after its last request and still wait for the answer, but one that
/// does so in the middle of a stream has left.
void Connection::on_end_of_input(Code code) {
  input_ended_ = true;
  const bool is_patient = phase_ == Phase::Handling && !on_closed_;
  const bool owes_answer = is_patient || !out_.empty();
  if (code != asio::error::eof || phase_ == Phase::Streaming || !owes_answer) drop();
}

// --- Requests ------------------------------------------------------------------------------------

void Connection::begin_request() {
  phase_ = Phase::Reading;
  body_permitted_ = false;
  head_only_ = false;
  parser_.emplace();
  parser_->header_limit(kMaxHead);
  parser_->body_limit(limits_.body);
  set_deadline(kIdle);
}

/// A loop, not a recursion through the handlers' immediate answers: a client may have pipelined
/// thousands of requests.
void Connection::take_requests() {
  if (std::exchange(taking_, true)) return;
  while (phase_ == Phase::Reading && parse_request()) dispatch();
  taking_ = false;
  if (phase_ == Phase::Reading && input_ended_) drop();
}

/// True when a whole request is there.
bool Connection::parse_request() {
  Code problem;
  parser_->feed(buffer_, problem);
  if (!problem && buffer_.size() == kMaxBuffer) problem = beast::http::error::bad_chunk_extension;
  if (problem) {
    refuse(problem);
    return false;
  }
  count_kept();
  if (!may_keep(parser_->message.body.size(), 0)) {
    refuse_with(no_room());
    return false;
  }
  if (parser_->is_header_done()) permit_body();
  return parser_->is_done();
}

/// The body has a minute from its last byte on, the header a minute in all. A client that asks
/// first is told to go on (RFC 9110 section 10.1.1).
void Connection::permit_body() {
  set_deadline(kIdle);
  if (std::exchange(body_permitted_, true) || parser_->is_done()) return;
  if (beast::iequals(find_header(parser_->message.headers, "Expect"), "100-continue")) {
    put("HTTP/1.1 100 Continue\r\n\r\n");
  }
}

void Connection::dispatch() {
  phase_ = Phase::Handling;
  Request request = std::move(parser_->message);
  // An HTTP/1.0 client that asks for it would have to be told; it can do without.
  keep_alive_ = parser_->version == 11 && parser_->keep_alive();
  count_kept();  // Its body is the handler's.
  head_only_ = request.method == "HEAD";
  if (head_only_) request.method = "GET";
  request.target = origin_form(std::move(request.target));
  deadline_.cancel();
  const auto handler = handler_;  // The handler may destroy the server.
  (*handler)(std::move(request), std::make_shared<ConnectionResponder>(shared_from_this()));
}

void Connection::refuse(Code problem) {
  if (problem == beast::http::error::body_limit) {
    return refuse_with(
        text_response(413, fmt::format("the body is larger than {} KiB", limits_.body >> 10U)));
  }
  if (problem == beast::http::error::header_limit) {
    return refuse_with(text_response(431, "the headers are larger than 16 KiB"));
  }
  refuse_with(text_response(400, "malformed request: " + problem.message()));
}

void Connection::refuse_with(const Response& response) {
  keep_alive_ = false;
  parser_->message = {};
  send(response);
}

void Connection::respond(const Response& response) {
  if (phase_ != Phase::Handling) return;
  on_closed_ = nullptr;
  send(response);
}

void Connection::on_left(std::function<void()> left) {
  if (phase_ != Phase::Handling || !handler_) return;
  on_closed_ = std::move(left);
  if (input_ended_) drop();
}

void Connection::send(const Response& response) {
  const bool has_body = !head_only_ && allows_body(response.status);
  const std::size_t size = has_body ? response.body.size() : 0;
  if (!may_keep(size, size)) return send(no_room());
  const bool asked = beast::iequals(find_header(response.headers, "Connection"), "close");
  const bool last = draining_ && buffer_.size() == 0;  // What is pipelined is answered, too.
  if (asked || last) keep_alive_ = false;
  phase_ = keep_alive_ ? Phase::Answering : Phase::Closing;
  set_deadline(kIdle);
  std::string bytes = response_head(response, keep_alive_ ? After::KeepOpen : After::Close);
  if (has_body) bytes += response.body;
  put(std::move(bytes));
}

// --- Streams -------------------------------------------------------------------------------------

void Connection::begin_stream(const Response& head) {
  if (phase_ != Phase::Handling) return;
  on_closed_ = nullptr;
  phase_ = head_only_ ? Phase::Closing : Phase::Streaming;
  buffer_.clear();
  put(response_head(head, After::Stream));
  read();
}

void Connection::write(std::string_view bytes) {
  if (phase_ == Phase::Streaming && !bytes.empty()) put(std::string(bytes));
}

void Connection::end_stream() {
  if (phase_ != Phase::Streaming) return;
  phase_ = Phase::Closing;
  set_deadline(kIdle);
  announce_closed();
  if (out_.empty()) on_flushed();
}

void Connection::on_closed(std::function<void()> closed) {
  if (!handler_) return;
  on_closed_ = std::move(closed);
  if (phase_ != Phase::Streaming) announce_closed();
}

/// Never from within the caller's own write() or close(). The call takes the callback along: were
/// it still ours, and the loop ended before the call, the two would keep each other alive.
void Connection::announce_closed() {
  on_drained_ = nullptr;
  if (!on_closed_) return;
  asio::post(channel_.executor(),
             [self = shared_from_this(), closed = std::exchange(on_closed_, nullptr)] {
               if (self->handler_) closed();
             });
}

// --- Output --------------------------------------------------------------------------------------

void Connection::put(std::string bytes) {
  if (out_.empty()) last_progress_ = steady_clock::now();
  unsent_ += bytes.size();
  out_.push_back(std::move(bytes));
  if (!blocked_) flush();
  count_kept();
}

/// Gives the kernel what it takes now, without a round through the loop, so that queued() counts
/// only what a slow client holds up.
void Connection::flush() {
  while (!out_.empty()) {
    Code code;
    const std::string& first = out_.front();
    const std::size_t size = channel_.write_some(asio::buffer(first) + written_, code);
    written_ += size;
    unsent_ -= size;
    if (code == asio::error::would_block) return wait_until_writable();
    if (code) return drop();
    if (written_ < first.size()) continue;
    out_.pop_front();
    written_ = 0;
  }
  on_flushed();
}

void Connection::wait_until_writable() {
  blocked_ = true;
  channel_.wait_to_write([self = shared_from_this()](Code code) {
    self->blocked_ = false;
    if (self->phase_ == Phase::Closed) return;
    if (code) return self->drop();
    if (self->phase_ != Phase::Streaming) self->set_deadline(kIdle);
    self->last_progress_ = steady_clock::now();
    self->flush();
    self->count_kept();
    self->announce_drained();
  });
}

/// The call may end the stream, and with it forget the callback.
void Connection::announce_drained() {
  if (phase_ != Phase::Streaming || !out_.empty() || !on_drained_) return;
  const auto drained = on_drained_;
  drained();
}

void Connection::on_flushed() {
  if (phase_ == Phase::Answering) {
    begin_request();
    take_requests();
    read();
  } else if (phase_ == Phase::Closing) {
    // Closing with input unread would reset the connection and could take our last words with it
    // (RFC 9112 section 9.6).
    Code code;
    channel_.end_output(code);
    if (code == asio::error::would_block) return wait_until_writable();
    if (code || input_ended_) return drop();
    set_deadline(kLinger);
    buffer_.clear();
    read();
  }
}

// --- Memory --------------------------------------------------------------------------------------

void Connection::count_kept() {
  const std::size_t body = phase_ == Phase::Reading ? parser_->message.body.size() : 0;
  const std::size_t before = std::exchange(kept_, unsent_ + body);
  if (owner_ != nullptr) owner_->count_kept(before, kept_);
}

/// Whether something of that size may be kept, of which so much is not counted yet.
bool Connection::may_keep(std::size_t size, std::size_t more) {
  return size <= kSmall || owner_ == nullptr || owner_->make_room(*this, more);
}

// --- End -----------------------------------------------------------------------------------------

void Connection::set_deadline(std::chrono::milliseconds from_now) {
  deadline_.expires_after(from_now);
  deadline_.async_wait([self = shared_from_this()](Code code) {
    // It may have been moved after this call was queued.
    if (!code && self->deadline_.expiry() <= steady_clock::now()) self->drop();
  });
}

void Connection::drop() {
  if (std::exchange(phase_, Phase::Closed) == Phase::Closed) return;
  deadline_.cancel();
  channel_.close();
  out_.clear();
  unsent_ = 0;
  count_kept();
  announce_closed();
  Owner* owner = std::exchange(owner_, nullptr);
  if (owner != nullptr) owner->forget(shared_from_this());
}

}  // namespace http
