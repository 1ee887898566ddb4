#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"
#include "http/tls.h"

namespace http {

/// Private to http/: the byte stream a client talks over, plain or TLS. Lives on one io_context's
/// thread; completions come from the loop, never from within a call, and after close() with an
/// error. What is passed to an operation must keep this object alive until its completion.
class Transport {
 public:
  using Code = boost::system::error_code;

  /// tls          how to talk to https peers; not null for those
  /// server_name  asked of them; empty: the URL's host if it is a name
  /// preamble     octets in front of everything, for which an empty socket has room
  Transport(boost::asio::io_context& io,
            const Url& url,
            std::shared_ptr<const Tls> tls,
            std::string server_name,
            std::string_view preamble);

  /// Resolves the name, connects to the first address that answers and agrees on TLS.
  void open(std::function<void(Code)> done);
  void write(std::string_view bytes, std::function<void(Code)> done);  // All of them.
  void read_some(boost::asio::mutable_buffer into, std::function<void(Code, std::size_t)> done);
  void close();

  /// What open() is at, or failed at: "resolve the name", "connect", "agree on TLS".
  std::string_view stage() const { return stage_; }
  /// `code` as an error: in words, with the reason for which a certificate was refused.
  /// NotPermitted when the two sides do not agree on TLS or trust, else Unavailable.
  common::Error explain(Code code);

 private:
  using Tcp = boost::asio::ip::tcp;

  void connect(const Tcp::resolver::results_type& addresses, std::function<void(Code)> done);
  void handshake(std::function<void(Code)> done);

  Url url_;
  std::string server_name_;
  std::string_view preamble_;
  std::string_view stage_;
  Tcp::resolver resolver_;
  Tcp::socket socket_;
  std::shared_ptr<const Tls> tls_settings_;
  std::optional<boost::asio::ssl::stream<Tcp::socket&>> tls_;  // Empty for http.
};

}  // namespace http
