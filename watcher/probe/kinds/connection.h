#pragma once

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <functional>
#include <memory>
#include <string_view>

#include "common/ip.h"
#include "watcher/probe/checker.h"

/// What kinds of check over TCP share. Private to kinds/: it brings in Asio.
namespace watcher::probe {

using Tcp = boost::asio::ip::tcp;
using Code = boost::system::error_code;

template <class Endpoint>
Endpoint to_asio(const common::SocketAddress& address) {
  sockaddr_storage storage;
  const socklen_t length = address.to_sockaddr(storage);
  Endpoint endpoint;
  endpoint.resize(length);
  std::copy_n(
      reinterpret_cast<const char*>(&storage), length, reinterpret_cast<char*>(endpoint.data()));
  return endpoint;
}

/// What a failed system call says of the endpoint; our own shortage says nothing.
Finding judge(const Code& error);

/// The PROXY header that the check begins with; empty: none.
std::string_view greeting(const config::Check& check);

/// A connection of one check. Handlers on the loop share it; once closed it calls nobody.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(boost::asio::io_context& io, const config::Check& check, Checker::Done done)
      : socket(io), greeting_(greeting(check)), done_(std::move(done)) {}
  virtual ~Connection() = default;

  void open(const common::SocketAddress& endpoint);
  /// Closes with a reset. A check is the side that closes first, so an ordinary close would leave a
  /// TIME_WAIT here for each check, a minute long, and take its source port; and the other side
  /// would keep the connection until its application has noticed. HAProxy does the same.
  void close();

 protected:
  /// The PROXY header, if any, is under way; more may be written behind it.
  virtual void connected() { finish(Finding::passed()); }
  void finish(Finding finding);
  bool closed() const { return !done_; }

  Tcp::socket socket;

 private:
  void on_open(const Code& error);

  const std::string_view greeting_;
  Checker::Done done_;
};

/// Ends a connection when the attempt ends.
class ConnectionAttempt final : public CheckAttempt {
 public:
  ConnectionAttempt(std::shared_ptr<Connection> connection, const common::SocketAddress& endpoint)
      : connection_(std::move(connection)) {
    connection_->open(endpoint);
  }
  ConnectionAttempt(const ConnectionAttempt&) = delete;
  ConnectionAttempt& operator=(const ConnectionAttempt&) = delete;
  ~ConnectionAttempt() override { connection_->close(); }

 private:
  std::shared_ptr<Connection> connection_;
};

}  // namespace watcher::probe
