#include "http/transport.h"

#include <fcntl.h>
#include <openssl/x509.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <charconv>

#include "common/ip.h"
#include "common/result.h"
#include "common/shortage.h"

namespace http {
namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;

Transport::Transport(asio::io_context& io,
                     const Url& url,
                     std::shared_ptr<const Tls> tls,
                     std::string server_name,
                     std::string_view preamble)
    : url_(url),
      server_name_(std::move(server_name)),
      preamble_(preamble),
      resolver_(io),
      socket_(io),
      tls_settings_(std::move(tls)) {
  // RFC 6066 section 3: names only, literal addresses are not permitted in SNI.
  if (server_name_.empty() && !common::IpAddress::parse(url_.host)) server_name_ = url_.host;
  if (url.scheme != "https") return;
  tls_.emplace(socket_, tls_settings_->context());
  if (!tls_settings_->verifies_peer()) return;
  tls_->set_verify_mode(ssl::verify_peer);
  tls_->set_verify_callback(ssl::host_name_verification(url.host));
}

void Transport::open(std::function<void(Code)> done) {
  // An address needs no look-up: Asio's resolver would start a thread for it.
  Code not_an_address;
  const auto address = asio::ip::make_address(url_.host, not_an_address);
  if (!not_an_address) {
    std::uint16_t port = 0;
    std::from_chars(url_.port.data(), url_.port.data() + url_.port.size(), port);
    const Tcp::endpoint endpoint(address, port);
    return connect(Tcp::resolver::results_type::create(endpoint, url_.host, url_.port),
                   std::move(done));
  }
  stage_ = "resolve the name";
  resolver_.async_resolve(
      url_.host, url_.port, [this, done = std::move(done)](Code code, const auto& addresses) {
        if (code) return done(code);
        connect(addresses, done);
      });
}

void Transport::connect(const Tcp::resolver::results_type& addresses,
                        std::function<void(Code)> done) {
  stage_ = "connect";
  asio::async_connect(
      socket_, addresses, [this, done = std::move(done)](Code code, const Tcp::endpoint&) {
        // Without a descriptor for it Asio finds the socket closed, and believes it was cancelled.
        if (code == asio::error::operation_aborted && !socket_.is_open()) {
          code = Code(EMFILE, asio::error::get_system_category());
        }
        if (code) return done(code);
        ::fcntl(socket_.native_handle(), F_SETFD, FD_CLOEXEC);  // Asio leaves it open to children.
        socket_.set_option(Tcp::no_delay(true), code);
        if (!code && !preamble_.empty()) socket_.write_some(asio::buffer(preamble_), code);
        if (code || !tls_) return done(code);
        handshake(done);
      });
}

void Transport::handshake(std::function<void(Code)> done) {
  stage_ = "agree on TLS";
  if (!server_name_.empty()) {
    SSL_set_tlsext_host_name(tls_->native_handle(), server_name_.c_str());
  }
  tls_->async_handshake(ssl::stream_base::client, std::move(done));
}

void Transport::write(std::string_view bytes, std::function<void(Code)> done) {
  const auto written = [done = std::move(done)](Code code, std::size_t) { done(code); };
  const auto buffer = asio::buffer(bytes);
  if (tls_) return asio::async_write(*tls_, buffer, written);
  asio::async_write(socket_, buffer, written);
}

void Transport::read_some(asio::mutable_buffer into, std::function<void(Code, std::size_t)> done) {
  if (tls_) return tls_->async_read_some(into, std::move(done));
  socket_.async_read_some(into, std::move(done));
}

void Transport::close() {
  resolver_.cancel();
  Code ignored;  // The descriptor is gone whatever close says.
  socket_.close(ignored);
}

common::Error Transport::explain(Code code) {
  // Of TLS 1.3, a client learns only with the first answer that its certificate was refused.
  const bool is_tls = tls_ && code.category() == asio::error::get_ssl_category();
  const bool verified = tls_ && SSL_get_verify_mode(tls_->native_handle()) != SSL_VERIFY_NONE;
  const long refusal = verified ? SSL_get_verify_result(tls_->native_handle()) : X509_V_OK;
  const bool is_ours =
      code.category() == asio::error::get_system_category() && common::is_shortage(code.value());
  common::Error error{is_tls    ? common::ErrorCode::NotPermitted
                      : is_ours ? common::ErrorCode::Conflict
                                : common::ErrorCode::Unavailable,
                      code.message()};
  if (refusal != X509_V_OK) {
    error.message.append(": ").append(X509_verify_cert_error_string(refusal));
  }
  return error;
}

}  // namespace http
