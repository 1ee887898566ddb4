#include <fcntl.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <utility>

#include "common/shortage.h"
#include "watcher/probe/kinds/connection.h"
#include "watcher/vips/proxy_greeting.h"

namespace watcher {
namespace probe {
namespace {

bool is_our_own_fault(const Code& error) {
  return error.category() == boost::system::system_category() && common::is_shortage(error.value());
}

/// A local endpoint nobody listens on can be handed to us as our own source port: TCP then connects
/// the socket to itself (simultaneous open, RFC 9293 section 3.5).
bool is_connected_to_itself(const Tcp::socket& socket) {
  Code ignored;
  return socket.local_endpoint(ignored) == socket.remote_endpoint(ignored);
}

}  // namespace

std::string_view greeting(const config::Check& check) {
  using config::CheckGreeting;
  switch (check.send_proxy) {
    case CheckGreeting::V1:
      return proxy_greeting(config::ProxyVersion::V1);
    case CheckGreeting::V2:
      return proxy_greeting(config::ProxyVersion::V2);
    default:
      return {};
  }
}

Finding judge(const Code& error) {
  if (!error) return Finding::passed();
  return is_our_own_fault(error) ? Finding::inconclusive(error.message())
                                 : Finding::failed(error.message());
}

void Connection::open(const common::SocketAddress& endpoint) {
  socket.async_connect(to_asio<Tcp::endpoint>(endpoint),
                       [self = shared_from_this()](const Code& error) { self->on_open(error); });
}

void Connection::on_open(const Code& error) {
  if (closed()) return;
  if (error) return finish(judge(error));
  ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);  // Asio leaves it open to children.
  if (is_connected_to_itself(socket)) return finish(Finding::failed("nobody listens"));
  if (!greeting_.empty()) {
    // A few octets into an empty buffer. What breaks the connection shows in what follows.
    Code ignored;
    socket.write_some(boost::asio::buffer(greeting_), ignored);
  }
  connected();
}

void Connection::close() {
  done_ = nullptr;
  Code ignored;
  socket.set_option(boost::asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

void Connection::finish(Finding finding) {
  const Checker::Done done = std::exchange(done_, nullptr);
  close();
  if (done) done(std::move(finding));
}

}  // namespace probe

namespace {

class TcpChecker final : public Checker {
 public:
  explicit TcpChecker(boost::asio::io_context& io) : io_(io) {}
  std::unique_ptr<CheckAttempt> begin(const common::SocketAddress& endpoint,
                                      const config::Check& check,
                                      Done done) override {
    return std::make_unique<probe::ConnectionAttempt>(
        std::make_shared<probe::Connection>(io_, check, std::move(done)), endpoint);
  }

 private:
  boost::asio::io_context& io_;
};

}  // namespace

std::unique_ptr<Checker> make_tcp_checker(boost::asio::io_context& io) {
  return std::make_unique<TcpChecker>(io);
}

}  // namespace watcher
