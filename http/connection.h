#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "http/channel.h"
#include "http/parser.h"
#include "http/server.h"

namespace http {

/// Private to http/: one client of a Server. Requests are taken one after the other, so pipelined
/// ones are answered in order; the next is parsed once the answer before it is with the kernel.
/// It is read all the time, as far as the buffer goes, to learn when the client leaves.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Gone = std::function<void(const std::shared_ptr<Connection>&)>;

  Connection(Channel channel, std::shared_ptr<const Server::Handler> handler, Gone gone);

  /// handshake  how long that may take, over TLS
  void start(std::chrono::milliseconds handshake);
  void drain() { draining_ = true; }  // The answer under way, or the next, is the last.
  void abandon();                     // The server goes: closes at once and calls nobody any more.

  /// Owes or sends an answer, or has a part of a request.
  bool is_busy() const;

  // For the Responder of the request being handled.
  void respond(const Response& response);
  void begin_stream(const Response& head);
  void on_left(std::function<void()> left);

  // For its BodyStream.
  void write(std::string_view bytes);
  std::size_t queued() const { return out_.size(); }
  void end_stream();
  void on_closed(std::function<void()> closed);
  void on_drained(std::function<void()> drained) { on_drained_ = std::move(drained); }

  const common::SocketAddress& peer() const { return channel_.peer(); }

 private:
  using Code = boost::system::error_code;
  enum class Phase {
    Reading,    // Waits for a request or has a part of one.
    Handling,   // The handler has it.
    Answering,  // Its answer is on the way to the kernel.
    Streaming,  // A BodyStream is open.
    Closing,    // Says what is left to say, then waits for the client to close.
    Closed,
  };

  void read();
  void on_readable(Code code);
  void on_end_of_input(Code code);

  void begin_request();
  void take_requests();
  bool parse_request();
  void permit_body();
  void dispatch();
  void refuse(Code problem);
  void send(const Response& response);

  void put(std::string bytes);
  void flush();
  void wait_until_writable();
  void on_flushed();

  void set_deadline(std::chrono::milliseconds from_now);
  void drop();
  void announce_closed();
  void announce_drained();

  Channel channel_;
  boost::asio::steady_timer deadline_;
  std::shared_ptr<const Server::Handler> handler_;  // Null once abandoned.
  Gone gone_;
  Phase phase_ = Phase::Reading;

  // In.
  boost::beast::flat_buffer buffer_;
  std::optional<Parser<Request>> parser_;
  bool reading_ = false;         // Waits for the kernel to have bytes.
  bool input_ended_ = false;     // The client has closed its half.
  bool taking_ = false;          // take_requests() is on the stack.
  bool body_permitted_ = false;  // 100 Continue has been considered.

  bool draining_ = false;

  // The request being handled.
  bool keep_alive_ = true;
  bool head_only_ = false;

  // Out: each element is a write of its own.
  std::deque<std::string> out_;
  std::size_t written_ = 0;  // Bytes of the first element that the kernel has.
  bool blocked_ = false;     // Waits for the kernel to take bytes.
  std::function<void()> on_closed_;
  std::function<void()> on_drained_;
};

}  // namespace http
