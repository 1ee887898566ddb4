#pragma once

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <boost/asio/ssl.hpp>
#include <memory>
#include <optional>

#include "tests/http/loop.h"

namespace http {

namespace ssl = boost::asio::ssl;

template <auto kFree>
struct Free {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;

/// A certificate that nobody vouches for.
inline Certificate self_signed(EVP_PKEY* key) {
  Certificate certificate(X509_new());
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key);
  X509_sign(certificate.get(), key, EVP_sha256());
  return certificate;
}

/// Answers every request over TLS with 200 and "secret".
class TlsServer {
 public:
  explicit TlsServer(boost::asio::io_context& io) : acceptor_(io, loopback(0)) {
    const Key key(EVP_EC_gen("P-256"));
    const Certificate certificate = self_signed(key.get());
    SSL_CTX_use_certificate(context_.native_handle(), certificate.get());
    SSL_CTX_use_PrivateKey(context_.native_handle(), key.get());
    acceptor_.async_accept([this](auto, Tcp::socket socket) {
      peer_.emplace(std::move(socket), context_);
      peer_->async_handshake(ssl::stream_base::server, [this](auto code) {
        if (!code) answer();
      });
    });
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  void answer() {
    boost::asio::async_write(
        *peer_,
        boost::asio::buffer(std::string_view("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")),
        [](auto, auto) {});
  }

  ssl::context context_{ssl::context::tls_server};
  Tcp::acceptor acceptor_;
  std::optional<ssl::stream<Tcp::socket>> peer_;
};

}  // namespace http
