#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>

#include "common/unique_fd.h"

namespace minimarathon::serve {

/// Makes a TCP port of this network available outside: what connects to a socket bound there is
/// relayed to 127.0.0.1:`port` here, each direction closed on its own.
///
/// The door is open only while the port here is: clients and health checks outside then find
/// refused connections where a real container would refuse them, not connections that break.
/// Handlers on the loop share it.
class TcpRelay : public std::enable_shared_from_this<TcpRelay> {
 public:
  /// `outside` is bound, IPv4 or IPv6, and does not listen.
  TcpRelay(boost::asio::io_context& io, common::UniqueFd outside, std::uint16_t port);

  void start();
  void close();  // Takes nothing new; what is open goes on.
  std::size_t connections() const { return connections_; }

 private:
  using Tcp = boost::asio::ip::tcp;
  class Session;

  void knock();
  void knock_later();
  void open_door();
  void shut_door();
  void accept();
  void accept_later();
  void relay(Tcp::socket client);
  void on_session_end();

  boost::asio::io_context& io_;
  Tcp::acceptor door_;
  Tcp::endpoint inside_;
  Tcp::socket probe_;
  boost::asio::steady_timer pause_;
  bool open_ = false;       // door_ listens.
  bool accepting_ = false;  // An accept is under way.
  std::size_t connections_ = 0;
};

}  // namespace minimarathon::serve
