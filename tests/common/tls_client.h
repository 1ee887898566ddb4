#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "tests/http/certificates.h"

namespace common::testing {

/// The client's side of TLS, on a socket or on nothing at all.
class TlsClient {
 public:
  TlsClient() { SSL_set_connect_state(handle_.get()); }
  explicit TlsClient(int socket) : TlsClient() { SSL_set_fd(handle_.get(), socket); }

  SSL* get() const { return handle_.get(); }

  /// The first octets of a handshake.
  std::vector<std::uint8_t> hello() const {
    BIO* octets = BIO_new(BIO_s_mem());
    SSL_set_bio(handle_.get(), BIO_new(BIO_s_mem()), octets);
    SSL_do_handshake(handle_.get());
    std::vector<std::uint8_t> made(BIO_pending(octets));
    BIO_read(octets, made.data(), static_cast<int>(made.size()));
    return made;
  }

 private:
  std::unique_ptr<SSL_CTX, http::Free<SSL_CTX_free>> context_{SSL_CTX_new(TLS_client_method())};
  std::unique_ptr<SSL, http::Free<SSL_free>> handle_{SSL_new(context_.get())};
};

}  // namespace common::testing
