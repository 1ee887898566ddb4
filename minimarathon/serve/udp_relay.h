#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>

#include "common/unique_fd.h"

namespace minimarathon::serve {

/// Makes a UDP port of this network available outside: datagrams to a socket bound there go to
/// 127.0.0.1:`port` here, each client from a socket of its own, and answers go back. A client is
/// forgotten after a minute of silence, or as the most silent one when there are too many.
/// Handlers on the loop share it.
class UdpRelay : public std::enable_shared_from_this<UdpRelay> {
 public:
  /// `outside` is bound, IPv4 or IPv6.
  UdpRelay(boost::asio::io_context& io,
           common::UniqueFd outside,
           std::uint16_t port,
           std::size_t max_clients = 1024);

  void start();
  void close();

 private:
  using Udp = boost::asio::ip::udp;
  struct Session {
    explicit Session(boost::asio::io_context& io) : socket(io) {}
    Udp::socket socket;
    std::chrono::steady_clock::time_point last_heard;
  };

  void receive();
  void forward(std::size_t size);
  std::shared_ptr<Session> session_of(const Udp::endpoint& client);
  void await_answer(const Udp::endpoint& client, const std::shared_ptr<Session>& session);
  void forget_the_silent();
  void forget_the_most_silent();

  boost::asio::io_context& io_;
  Udp::socket outside_;
  const Udp::endpoint inside_;
  const std::size_t max_clients_;
  boost::asio::steady_timer sweep_;
  Udp::endpoint sender_;
  std::array<char, 65536> datagram_;
  std::map<Udp::endpoint, std::shared_ptr<Session>> sessions_;
};

}  // namespace minimarathon::serve
