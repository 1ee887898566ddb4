#include "http/server.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstring>
#include <iterator>
#include <list>
#include <unordered_set>

#include "common/closing_door.h"
#include "common/log.h"
#include "http/connection.h"

namespace http {

namespace asio = boost::asio;
using Code = boost::system::error_code;
using Tcp = asio::ip::tcp;
using std::chrono::steady_clock;

namespace {

constexpr std::size_t kMaxConnections = 4096;
constexpr auto kAcceptPause = std::chrono::seconds(1);  // After a failure, e.g. no descriptor left.

Tcp::endpoint to_endpoint(const common::SocketAddress& address) {
  sockaddr_storage storage;
  const socklen_t size = address.to_sockaddr(storage);
  Tcp::endpoint endpoint;
  endpoint.resize(size);
  std::memcpy(endpoint.data(), &storage, size);
  return endpoint;
}

/// Asio leaves descriptors open to the children of a fork, who would keep connections alive.
template <class Socket>
void close_on_exec(Socket& socket) {
  ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
}

}  // namespace

class Server::Impl final : public std::enable_shared_from_this<Impl>, public Connection::Owner {
 public:
  Impl(asio::io_context& io, Handler handler, const ServerLimits& limits);

  common::Expected<std::uint16_t> listen(const common::SocketAddress& address,
                                         const Certificates* tls);
  common::Expected<std::uint16_t> listen_with(common::UniqueFd socket, const Certificates* tls);
  std::vector<common::UniqueFd> hand_over();
  void drain(std::chrono::milliseconds quiet, std::function<void()> drained);
  void close_doors();
  void shut_down();
  std::size_t kept() const { return kept_; }

  void forget(const std::shared_ptr<Connection>& one) override { connections_.erase(one); }
  void count_kept(std::size_t before, std::size_t now) override { kept_ += now - before; }
  bool make_room(const Connection& one, std::size_t octets) override;

 private:
  struct Listener {
    Listener(asio::io_context& io, const Certificates* certificates)
        : acceptor(io), pause(io), tls(certificates) {}
    Tcp::acceptor acceptor;
    asio::steady_timer pause;
    const Certificates* tls;  // Null in the clear.
  };

  static Code open(Tcp::acceptor& acceptor, const Tcp::endpoint& endpoint);
  void accept(Listener& listener);
  void on_accept(Listener& listener, Code code, Tcp::socket socket);
  void serve(const Listener& listener, Tcp::socket socket);
  void accept_the_last();
  bool is_quiet() const;
  void await_quiet();
  bool has_room(std::size_t octets) const { return kept_ + octets <= limits_.kept; }
  std::vector<std::shared_ptr<Connection>> stalled() const;

  asio::io_context& io_;
  const ServerLimits limits_;
  std::shared_ptr<const Handler> handler_;
  bool shut_down_ = false;
  std::list<Listener> listeners_;
  std::unordered_set<std::shared_ptr<Connection>> connections_;
  std::atomic<std::size_t> kept_ = 0;  // Of all of them.

  // The end.
  steady_clock::time_point last_arrival_;  // Of a connection or a request.
  steady_clock::duration quiet_{};
  std::function<void()> drained_;  // Set while draining.
  asio::steady_timer drain_timer_;
  enum class Doors { Open, Closing, Closed } doors_ = Doors::Open;
  asio::steady_timer door_timer_;
};

Server::Impl::Impl(asio::io_context& io, Handler handler, const ServerLimits& limits)
    : io_(io),
      limits_(limits),
      handler_(std::make_shared<const Handler>(
          [this, handler = std::move(handler)](Request request,
                                               std::shared_ptr<Responder> responder) {
            last_arrival_ = steady_clock::now();
            handler(std::move(request), std::move(responder));
          })),
      drain_timer_(io),
      door_timer_(io) {}

common::Expected<std::uint16_t> Server::Impl::listen(const common::SocketAddress& address,
                                                     const Certificates* tls) {
  Listener& listener = listeners_.emplace_back(io_, tls);
  if (const Code code = open(listener.acceptor, to_endpoint(address))) {
    listeners_.pop_back();
    return common::fail_errno("cannot listen on " + address.to_string(), code.value());
  }
  accept(listener);
  return listener.acceptor.local_endpoint().port();
}

common::Expected<std::uint16_t> Server::Impl::listen_with(common::UniqueFd socket,
                                                          const Certificates* tls) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&storage), &size);
  Listener& listener = listeners_.emplace_back(io_, tls);
  Code code;
  listener.acceptor.assign(
      storage.ss_family == AF_INET ? Tcp::v4() : Tcp::v6(), socket.get(), code);
  if (code) {
    listeners_.pop_back();
    return common::fail_errno("cannot take over a listener", code.value());
  }
  socket.release();
  accept(listener);
  return listener.acceptor.local_endpoint().port();
}

std::vector<common::UniqueFd> Server::Impl::hand_over() {
  std::vector<common::UniqueFd> sockets;
  for (Listener& listener : listeners_) {
    listener.pause.cancel();
    if (listener.acceptor.is_open()) sockets.emplace_back(listener.acceptor.release());
  }
  for (const auto& connection : connections_) connection->drain();
  return sockets;
}

Code Server::Impl::open(Tcp::acceptor& acceptor, const Tcp::endpoint& endpoint) {
  Code code;
  acceptor.open(endpoint.protocol(), code);
  if (code) return code;
  close_on_exec(acceptor);
  acceptor.set_option(Tcp::acceptor::reuse_address(true), code);
  if (!code) acceptor.bind(endpoint, code);
  if (!code) acceptor.listen(asio::socket_base::max_listen_connections, code);
  return code;
}

void Server::Impl::accept(Listener& listener) {
  listener.acceptor.async_accept(
      [self = shared_from_this(), &listener](Code code, Tcp::socket socket) {
        self->on_accept(listener, code, std::move(socket));
      });
}

void Server::Impl::on_accept(Listener& listener, Code code, Tcp::socket socket) {
  if (shut_down_) return;
  if (!code) serve(listener, std::move(socket));  // Even if the doors have closed since.
  if (!listener.acceptor.is_open()) return;
  if (!code || code == asio::error::connection_aborted) return accept(listener);
  common::log::warn("http accept failed error=\"{}\"", code.message());
  listener.pause.expires_after(kAcceptPause);
  listener.pause.async_wait([self = shared_from_this(), &listener](Code cancelled) {
    if (!cancelled && !self->shut_down_) self->accept(listener);
  });
}

void Server::Impl::serve(const Listener& listener, Tcp::socket socket) {
  if (connections_.size() >= kMaxConnections) return;  // The socket closes itself.
  close_on_exec(socket);
  Code left;  // A client that has left already shows in the first read.
  socket.non_blocking(true, left);
  socket.set_option(Tcp::no_delay(true), left);
  const auto tls = listener.tls != nullptr ? listener.tls->current() : nullptr;
  const auto connection =
      std::make_shared<Connection>(Channel(std::move(socket), tls.get()), handler_, limits_, *this);
  connections_.insert(connection);
  last_arrival_ = steady_clock::now();
  if (drained_) connection->drain();
  connection->start();
}

/// Rare, so all are looked at. Who asks makes progress, whatever the clock says.
bool Server::Impl::make_room(const Connection& one, std::size_t octets) {
  if (has_room(octets)) return true;
  for (const auto& other : stalled()) {
    if (other.get() == &one) continue;
    common::log::warn("http client cut off client={} kept={} reason=\"it takes and sends nothing\"",
                      other->peer().to_string(),
                      other->kept());
    other->cut_off();
    if (has_room(octets)) return true;
  }
  if (kept_ == one.kept()) return true;
  common::log::warn("http client refused client={} octets={} kept={} reason=\"too much waits\"",
                    one.peer().to_string(),
                    octets,
                    kept());
  return false;
}

/// Those first who have for longest; who keeps little would make no room.
std::vector<std::shared_ptr<Connection>> Server::Impl::stalled() const {
  const auto latest = steady_clock::now() - limits_.patience;
  std::vector<std::shared_ptr<Connection>> found;
  std::copy_if(connections_.begin(),
               connections_.end(),
               std::back_inserter(found),
               [latest](const auto& one) {
                 return one->kept() > Connection::kSmall && one->last_progress() <= latest;
               });
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return a->last_progress() < b->last_progress();
  });
  return found;
}

void Server::Impl::drain(std::chrono::milliseconds quiet, std::function<void()> drained) {
  quiet_ = quiet;
  drained_ = std::move(drained);
  last_arrival_ = steady_clock::now();
  for (const auto& connection : connections_) connection->drain();
  await_quiet();
}

bool Server::Impl::is_quiet() const {
  return steady_clock::now() - last_arrival_ >= quiet_ &&
         std::none_of(connections_.begin(), connections_.end(), [](const auto& connection) {
           return connection->is_busy();
         });
}

/// Looks again and again: the end is rare, and no request should pay for it.
void Server::Impl::await_quiet() {
  drain_timer_.expires_after(quiet_ / 8 + std::chrono::milliseconds(1));
  drain_timer_.async_wait([self = shared_from_this()](Code cancelled) {
    if (cancelled || self->shut_down_) return;
    if (self->is_quiet()) self->close_doors();
    // Who came while they closed is an arrival.
    if (self->doors_ != Doors::Closed || !self->is_quiet()) return self->await_quiet();
    const auto drained = self->drained_;  // It may destroy the server.
    drained();
  });
}

/// The kernel would reset what waits at a door that closes, and what comes to it between the last
/// look and the end.
void Server::Impl::close_doors() {
  if (doors_ != Doors::Open) return;
  doors_ = Doors::Closing;
  for (Listener& listener : listeners_) {
    if (listener.acceptor.is_open()) common::ignore_newcomers(listener.acceptor.native_handle());
  }
  door_timer_.expires_after(common::kHandshakeTime);
  door_timer_.async_wait([self = shared_from_this()](Code cancelled) {
    if (!cancelled && !self->shut_down_) self->accept_the_last();
  });
}

void Server::Impl::accept_the_last() {
  doors_ = Doors::Closed;
  for (Listener& listener : listeners_) {
    Code none_left;
    listener.acceptor.non_blocking(true, none_left);
    while (!none_left) {
      Tcp::socket waiting(io_);
      if (!listener.acceptor.accept(waiting, none_left)) serve(listener, std::move(waiting));
    }
    Code ignored;  // The descriptor is gone whatever close says.
    listener.acceptor.close(ignored);
    listener.pause.cancel();
  }
}

void Server::Impl::shut_down() {
  shut_down_ = true;
  for (Listener& listener : listeners_) {
    Code ignored;  // The descriptor is gone whatever close says.
    listener.acceptor.close(ignored);
    listener.pause.cancel();
  }
  drain_timer_.cancel();
  door_timer_.cancel();
  for (const auto& connection : connections_) connection->abandon();
  connections_.clear();
}

Server::Server(asio::io_context& io, Handler handler, const ServerLimits& limits)
    : impl_(std::make_shared<Impl>(io, std::move(handler), limits)) {}

Server::~Server() { impl_->shut_down(); }

common::Expected<std::uint16_t> Server::listen(const common::SocketAddress& address,
                                               const Certificates* tls) {
  return impl_->listen(address, tls);
}

common::Expected<std::uint16_t> Server::listen_with(common::UniqueFd socket,
                                                    const Certificates* tls) {
  return impl_->listen_with(std::move(socket), tls);
}

std::vector<common::UniqueFd> Server::hand_over() { return impl_->hand_over(); }

void Server::drain(std::chrono::milliseconds quiet, std::function<void()> drained) {
  impl_->drain(quiet, std::move(drained));
}

void Server::close_doors() { impl_->close_doors(); }

std::size_t Server::kept() const { return impl_->kept(); }

}  // namespace http
