#include "minimarathon/serve/tcp_relay.h"

#include <sys/socket.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "minimarathon/serve/sockets.h"

namespace minimarathon::serve {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using namespace std::chrono_literals;

constexpr auto kPause = 20ms;  // Until the next look whether the command listens.
constexpr std::size_t kMaxConnections = 4096;
constexpr std::size_t kBufferSize = 16 << 10;

}  // namespace

/// One client and its connection inside. Handlers share it; the last one ends it.
class TcpRelay::Session : public std::enable_shared_from_this<Session> {
 public:
  Session(std::shared_ptr<TcpRelay> relay, Tcp::socket client)
      : relay_(std::move(relay)), client_(std::move(client)), server_(relay_->io_) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() { relay_->on_session_end(); }

  void start(const Tcp::endpoint& inside) {
    server_.async_connect(inside, [self = shared_from_this()](error_code code) {
      if (code) return self->refuse();
      self->begin();
    });
  }

 private:
  struct Direction {
    Tcp::socket& from;
    Tcp::socket& to;
    std::array<char, kBufferSize> buffer;
  };

  void refuse() {
    reset();
    relay_->shut_door();
  }

  void begin() {
    error_code left;  // Who has left already shows in the first read.
    client_.set_option(Tcp::no_delay(true), left);
    server_.set_option(Tcp::no_delay(true), left);
    pump(up_);
    pump(down_);
  }

  void pump(Direction& way) {
    way.from.async_read_some(asio::buffer(way.buffer),
                             [self = shared_from_this(), &way](error_code code, std::size_t size) {
                               if (code == asio::error::eof) return self->pass_end_on(way);
                               if (code) return self->reset();
                               self->deliver(way, size);
                             });
  }

  void deliver(Direction& way, std::size_t size) {
    asio::async_write(way.to,
                      asio::buffer(way.buffer, size),
                      [self = shared_from_this(), &way](error_code code, std::size_t) {
                        if (code) return self->reset();
                        self->pump(way);
                      });
  }

  static void pass_end_on(Direction& way) {
    error_code gone;  // Then the other direction finds out.
    way.to.shutdown(Tcp::socket::shutdown_send, gone);
  }

  /// A broken connection breaks on the other side, too: a reset is not an end (RFC 9293, 3.10.7).
  void reset() {
    error_code ignored;  // Neither may be open any more.
    for (Tcp::socket* const socket : {&client_, &server_}) {
      socket->set_option(asio::socket_base::linger(true, 0), ignored);
      socket->close(ignored);
    }
  }

  std::shared_ptr<TcpRelay> relay_;
  Tcp::socket client_;
  Tcp::socket server_;
  Direction up_{client_, server_, {}};
  Direction down_{server_, client_, {}};
};

TcpRelay::TcpRelay(asio::io_context& io, common::UniqueFd outside, std::uint16_t port)
    : io_(io), door_(io), inside_(asio::ip::address_v4::loopback(), port), probe_(io), pause_(io) {
  door_.assign(is_ipv6(outside) ? Tcp::v6() : Tcp::v4(), outside.release());
}

void TcpRelay::start() { knock(); }

/// Tries whether the command listens yet.
void TcpRelay::knock() {
  probe_.async_connect(inside_, [self = shared_from_this()](error_code code) {
    error_code ignored;  // The descriptor is gone whatever close says.
    self->probe_.close(ignored);
    if (!self->door_.is_open()) return;
    if (code) return self->knock_later();
    self->open_door();
  });
}

void TcpRelay::knock_later() {
  pause_.expires_after(kPause);
  pause_.async_wait([self = shared_from_this()](error_code cancelled) {
    if (!cancelled && self->door_.is_open()) self->knock();
  });
}

void TcpRelay::open_door() {
  error_code code;
  door_.listen(asio::socket_base::max_listen_connections, code);
  if (code) return knock_later();
  open_ = true;
  accept();
}

/// Linux lets a listening socket fall back to a bound one; the port stays ours.
void TcpRelay::shut_door() {
  if (!std::exchange(open_, false)) return;
  ::shutdown(door_.native_handle(), SHUT_RD);
  knock_later();
}

void TcpRelay::accept() {
  if (!open_ || accepting_ || connections_ == kMaxConnections) return;
  accepting_ = true;
  door_.async_accept([self = shared_from_this()](error_code code, Tcp::socket client) {
    self->accepting_ = false;
    if (!code) self->relay(std::move(client));
    if (!code || code == asio::error::connection_aborted) return self->accept();
    self->accept_later();
  });
}

/// Out of descriptors, most likely: others must end first.
void TcpRelay::accept_later() {
  if (!open_) return;
  pause_.expires_after(kPause);
  pause_.async_wait([self = shared_from_this()](error_code cancelled) {
    if (!cancelled) self->accept();
  });
}

void TcpRelay::relay(Tcp::socket client) {
  ++connections_;
  std::make_shared<Session>(shared_from_this(), std::move(client))->start(inside_);
}

void TcpRelay::on_session_end() {
  if (connections_-- == kMaxConnections) accept();
}

void TcpRelay::close() {
  open_ = false;
  error_code ignored;  // The descriptor is gone whatever close says.
  door_.close(ignored);
  pause_.cancel();
}

}  // namespace minimarathon::serve
