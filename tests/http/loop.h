#pragma once

#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "common/ip.h"
#include "http/message.h"

/// Peers on the loopback that say exactly what a test wants them to.
namespace http {

using Tcp = boost::asio::ip::tcp;

inline const common::SocketAddress kAnyPort{common::IpAddress::v4(0x7f000001), 0};

inline Tcp::endpoint loopback(std::uint16_t port) {
  return {boost::asio::ip::address_v4::loopback(), port};
}

inline Url local_url(std::uint16_t port, const std::string& target = "/") {
  return *Url::parse("http://127.0.0.1:" + std::to_string(port) + target);
}

/// Runs the loop until `done` says so. Looks again every few milliseconds, as what it asks may be
/// up to the kernel alone; the generous limit only ends a test that hangs.
inline void run_until(boost::asio::io_context& io, const std::function<bool()>& done) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!done()) {
    io.restart();
    io.run_one_for(std::chrono::milliseconds(5));
    if (std::chrono::steady_clock::now() > limit) FAIL() << "what was awaited never came";
  }
}

/// Runs what is ready, and what that makes ready, without waiting.
inline void settle(boost::asio::io_context& io) {
  io.restart();
  while (io.poll() > 0) io.restart();
}

/// One end of a connection: collects what it receives.
class RawPeer {
 public:
  explicit RawPeer(Tcp::socket socket) : socket_(std::move(socket)) {}

  static RawPeer connect(boost::asio::io_context& io, std::uint16_t port) {
    Tcp::socket socket(io);
    socket.connect(loopback(port));
    return RawPeer(std::move(socket));
  }

  void say(std::string_view bytes) { boost::asio::write(socket_, boost::asio::buffer(bytes)); }
  void close_half() { socket_.shutdown(Tcp::socket::shutdown_send); }
  void close() { socket_.close(); }
  void reset() {
    socket_.set_option(boost::asio::socket_base::linger(true, 0));
    socket_.close();
  }

  /// Takes what has come since; never blocks.
  const std::string& heard() {
    std::array<char, 65536> bytes;
    boost::system::error_code code;
    socket_.non_blocking(true);
    while (!ended_) {
      const std::size_t size = socket_.read_some(boost::asio::buffer(bytes), code);
      if (code == boost::asio::error::would_block) break;
      if (code) ended_ = true;
      heard_.append(bytes.data(), size);
    }
    socket_.non_blocking(false);
    return heard_;
  }
  bool ended() {
    heard();
    return ended_;
  }

  Tcp::socket& socket() { return socket_; }

 private:
  Tcp::socket socket_;
  std::string heard_;
  bool ended_ = false;
};

/// A server without opinions: accepts into `peers` and leaves the rest to the test.
class RawServer {
 public:
  explicit RawServer(boost::asio::io_context& io) : acceptor_(io, loopback(0)) { accept(); }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  std::list<RawPeer> peers;

 private:
  void accept() {
    acceptor_.async_accept([this](boost::system::error_code code, Tcp::socket socket) {
      if (code) return;
      peers.emplace_back(std::move(socket));
      accept();
    });
  }

  Tcp::acceptor acceptor_;
};

}  // namespace http
