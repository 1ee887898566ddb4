#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "common/ip.h"
#include "common/published.h"
#include "common/tls_context.h"
#include "common/unique_fd.h"
#include "http/message.h"

namespace boost::asio {
class io_context;
}

namespace http {

/// A response body that is written bit by bit until one side closes (server-sent events).
/// Used on the server's thread only; safe to keep after the client left.
class BodyStream {
 public:
  virtual ~BodyStream() = default;
  /// Queues bytes as one write of their own, so that two calls are two segments.
  virtual void write(std::string_view bytes) = 0;
  virtual std::size_t queued() const = 0;  // Writes not yet taken by the kernel.
  virtual void close() = 0;
  virtual void on_closed(std::function<void()> closed) = 0;  // Called once, however it ends.
  virtual common::SocketAddress peer() const = 0;
  /// Called each time that the kernel has taken all that waited for it: queued() is 0 again. Not
  /// for what it takes at once.
  virtual void on_drained(std::function<void()> drained) = 0;
};

/// Answers one request, once, now or later, on the server's thread.
class Responder {
 public:
  virtual ~Responder() = default;
  virtual void send(Response response) = 0;
  /// Sends the head (Connection: close, no length) and leaves the body open.
  virtual std::shared_ptr<BodyStream> stream(Response head) = 0;
  /// Called once if the client leaves before it is answered; even one that only closes its half has
  /// left then.
  virtual void on_left(std::function<void()> left) = 0;
  virtual common::SocketAddress peer() const = 0;
};

struct ServerLimits {
  std::size_t body = std::size_t{8} << 20;     // Octets of a request's.
  std::chrono::milliseconds handshake{10000};  // Of TLS, from the connection on.
  /// Octets kept for all clients: answers that they have not taken yet, bodies that have not come
  /// whole. An answer of any size is kept where nothing else is, and a small one always.
  std::size_t kept = std::size_t{256} << 20;
  /// Who has neither taken nor sent anything for so long is cut off where `kept` is reached; where
  /// there is nobody like that, others are refused. The kernel tells of what was taken by the
  /// megabyte, so slow clients need some time.
  std::chrono::milliseconds patience{5000};
};

/// A small HTTP/1.1 server on one io_context. Bounded: 16 KiB of headers, idle connections closed
/// after a minute, and ServerLimits.
class Server {
 public:
  using Handler = std::function<void(Request, std::shared_ptr<Responder>)>;
  /// What to shake hands with, looked at for each connection; outlives the server.
  using Certificates = common::Published<common::TlsContext>;

  Server(boost::asio::io_context& io, Handler handler, const ServerLimits& limits = {});
  ~Server();  // Closes the listeners and every connection.

  /// Listens and returns the port (of use with port 0). Errors name the address.
  /// tls  null: in the clear
  common::Expected<std::uint16_t> listen(const common::SocketAddress& address,
                                         const Certificates* tls = nullptr);
  /// Listens with a socket that listens already.
  common::Expected<std::uint16_t> listen_with(common::UniqueFd socket,
                                              const Certificates* tls = nullptr);

  /// Gives the sockets away that it listens with, in their order: others accept now. Who has
  /// connected already is served; then its connection closes.
  std::vector<common::UniqueFd> hand_over();

  /// Winds down without failing a client: goes on accepting and answering, but every answer closes
  /// its connection. Calls `drained` once, when no connection and no request has come for `quiet`,
  /// nothing is being answered and the doors are closed; the server may be destroyed in it. Streams
  /// do not count. Call once; with busy or stubborn clients it may take for ever, so limit it.
  void drain(std::chrono::milliseconds quiet, std::function<void()> drained);

  /// Lets nobody new in, and soon (common/closing_door.h) listens no more. Who has connected
  /// already is served, even where that was not looked at yet.
  void close_doors();

  /// Octets kept for all clients, see ServerLimits. Any thread.
  std::size_t kept() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace http
