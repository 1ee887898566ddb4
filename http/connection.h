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
  /// The server, as its connections see it. Outlives them, but for those that it abandons.
  class Owner {
   public:
    virtual void forget(const std::shared_ptr<Connection>& one) = 0;
    virtual void count_kept(std::size_t before, std::size_t now) = 0;
    /// Whether so many octets more may be kept for `one`; cuts off others who stall.
    virtual bool make_room(const Connection& one, std::size_t octets) = 0;

   protected:
    ~Owner() = default;
  };

  Connection(Channel channel,
             std::shared_ptr<const Server::Handler> handler,
             const ServerLimits& limits,
             Owner& owner);

  void start();
  void drain() { draining_ = true; }  // The answer under way, or the next, is the last.
  void abandon();                     // The server goes: closes at once and calls nobody any more.
  void cut_off();                     // At once, with what the kernel has not delivered.

  /// Owes or sends an answer, or has a part of a request.
  bool is_busy() const;

  static constexpr std::size_t kSmall = 64 << 10;  // A body of so many octets is always kept.
  std::size_t kept() const { return kept_; }       // Octets, of ServerLimits::kept.
  /// When it last took or sent anything, or was first to take what it is kept.
  std::chrono::steady_clock::time_point last_progress() const { return last_progress_; }

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
  void refuse_with(const Response& response);
  void send(const Response& response);

  void put(std::string bytes);
  void flush();
  void wait_until_writable();
  void on_flushed();

  void count_kept();
  bool may_keep(std::size_t size, std::size_t more);
  void set_deadline(std::chrono::milliseconds from_now);
  void drop();
  void announce_closed();
  void announce_drained();

  Channel channel_;
  boost::asio::steady_timer deadline_;
  std::shared_ptr<const Server::Handler> handler_;  // Null once abandoned.
  const ServerLimits limits_;
  Owner* owner_;  // Null once abandoned or forgotten.
  Phase phase_ = Phase::Reading;

  // In.
  boost::beast::flat_buffer buffer_;
  std::optional<Parser<Request>> parser_;
  bool reading_ = false;         // Waits for the kernel to have bytes.
  bool input_ended_ = false;     // The client has closed its half.
  bool taking_ = false;          // take_requests() is on the stack.
  bool body_permitted_ = false;  // 100 Continue has been considered.

  bool draining_ = false;

  std::size_t kept_ = 0;  // As the owner was told.
  std::chrono::steady_clock::time_point last_progress_{};

  // The request being handled.
  bool keep_alive_ = true;
  bool head_only_ = false;

  // Out: each element is a write of its own.
  std::deque<std::string> out_;
  std::size_t written_ = 0;  // Bytes of the first element that the kernel has.
  std::size_t unsent_ = 0;   // Of all elements, but these.
  bool blocked_ = false;     // Waits for the kernel to take bytes.
  std::function<void()> on_closed_;
  std::function<void()> on_drained_;
};

}  // namespace http
