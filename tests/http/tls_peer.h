#pragma once

#include <array>
#include <boost/asio/ssl.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "tests/http/loop.h"

namespace http {

/// A client that says over TLS what a test wants it to, and trusts everybody.
class TlsPeer {
 public:
  using Code = boost::system::error_code;
  using Prepare = std::function<void(SSL*)>;

  /// Connects and begins to shake hands.
  TlsPeer(
      boost::asio::io_context& io, std::uint16_t port, const Prepare& prepare = [](SSL*) {})
      : stream_(io, context_) {
    stream_.lowest_layer().connect(loopback(port));
    prepare(handle());
    stream_.async_handshake(boost::asio::ssl::stream_base::client, [this](Code code) {
      if (code) return end(code);
      open_ = true;
      read();
    });
  }
  TlsPeer(const TlsPeer&) = delete;
  TlsPeer& operator=(const TlsPeer&) = delete;

  bool open() const { return open_; }
  bool ended() const { return ended_; }
  /// asio::error::eof after a goodbye.
  Code why() const { return why_; }
  const std::string& heard() const { return heard_; }
  SSL* handle() { return stream_.native_handle(); }
  auto& socket() { return stream_.lowest_layer(); }

  /// Until the next call.
  void say(std::string bytes) {
    out_ = std::move(bytes);
    boost::asio::async_write(stream_, boost::asio::buffer(out_), [](Code, std::size_t) {});
  }
  /// Reads no more, until told again.
  void pause() { paused_ = true; }
  void resume() {
    paused_ = false;
    read();
  }

 private:
  void read() {
    if (paused_ || reading_) return;
    reading_ = true;
    stream_.async_read_some(boost::asio::buffer(in_), [this](Code code, std::size_t size) {
      reading_ = false;
      heard_.append(in_.data(), size);
      if (code) return end(code);
      read();
    });
  }
  void end(Code code) {
    ended_ = true;
    why_ = code;
  }

  boost::asio::ssl::context context_{boost::asio::ssl::context::tls_client};
  boost::asio::ssl::stream<Tcp::socket> stream_;
  std::array<char, 65536> in_{};
  std::string heard_;
  std::string out_;
  bool open_ = false;
  bool reading_ = false;
  bool paused_ = false;
  bool ended_ = false;
  Code why_;
};

}  // namespace http
