#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <cstddef>
#include <memory>
#include <utility>

#include "common/ip.h"
#include "common/tls_context.h"

namespace http {

/// Private to http/: the octets of one client of a Server, in the clear or over TLS. Never blocks.
class Channel {
 public:
  using Code = boost::system::error_code;
  using Tcp = boost::asio::ip::tcp;

  /// socket  does not block
  /// tls     what to shake hands with; null: in the clear
  Channel(Tcp::socket socket, const common::TlsContext* tls);

  /// As of a socket; would_block: worth another try once wait_to_read() or wait_to_write() calls.
  /// What could not be written must be offered again. The first octets read shake hands.
  std::size_t read_some(boost::asio::mutable_buffer into, Code& code);
  std::size_t write_some(boost::asio::const_buffer from, Code& code);
  /// Says that nothing more is written; would_block: say it again.
  void end_output(Code& code);
  void close();
  /// Lets the kernel forget what it has not delivered, too.
  void reset();

  template <class Ready>
  void wait_to_read(Ready ready) {
    if (tls_ && tls_->has_more()) {
      return boost::asio::post(executor(), [ready = std::move(ready)]() mutable { ready(Code()); });
    }
    socket_.async_wait(to_read_, std::move(ready));
  }
  template <class Ready>
  void wait_to_write(Ready ready) {
    socket_.async_wait(to_write_, std::move(ready));
  }

  bool is_opening() const { return tls_ && tls_->is_opening(); }  // Shakes hands.
  const common::SocketAddress& peer() const { return peer_; }
  Tcp::socket::executor_type executor() { return socket_.get_executor(); }

 private:
  using Wait = Tcp::socket::wait_type;

  /// What TLS did, in the words of a socket.
  std::size_t judge(std::ptrdiff_t done, Wait& awaited, Code& code);

  Tcp::socket socket_;
  common::SocketAddress peer_;
  std::unique_ptr<common::TlsSession> tls_;  // Null in the clear.

  // TLS may have to write before it can read, and the reverse.
  Wait to_read_ = Tcp::socket::wait_read;
  Wait to_write_ = Tcp::socket::wait_write;
};

}  // namespace http
