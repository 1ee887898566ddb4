#include "http/transport.h"

#include <fcntl.h>
#include <openssl/x509.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>
#include <charconv>

#include "common/ip.h"

namespace http {
namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;

Transport::Transport(asio::io_context& io, const Url& url, bool verify_peer)
    : url_(url), resolver_(io), socket_(io) {
  if (url.scheme != "https") return;
  tls_context_.emplace(ssl::context::tls_client);
  Code ignored;  // Without the system's certificates every peer is refused, and the error says so.
  tls_context_->set_default_verify_paths(ignored);
  tls_.emplace(socket_, *tls_context_);
  if (!verify_peer) return;
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
        if (code) return done(code);
        ::fcntl(socket_.native_handle(), F_SETFD, FD_CLOEXEC);  // Asio leaves it open to children.
        socket_.set_option(Tcp::no_delay(true), code);
        if (code || !tls_) return done(code);
        handshake(done);
      });
}

void Transport::handshake(std::function<void(Code)> done) {
  stage_ = "agree on TLS";
  // RFC 6066 section 3: names only, literal addresses are not permitted in SNI.
  if (!common::IpAddress::parse(url_.host)) {
    SSL_set_tlsext_host_name(tls_->native_handle(), url_.host.c_str());
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

std::string Transport::explain(Code code) {
  const bool verified = tls_ && SSL_get_verify_mode(tls_->native_handle()) != SSL_VERIFY_NONE;
  const long refusal = verified ? SSL_get_verify_result(tls_->native_handle()) : X509_V_OK;
  if (refusal == X509_V_OK) return code.message();
  return code.message() + ": " + X509_verify_cert_error_string(refusal);
}

}  // namespace http
