#pragma once

#include <memory>
#include <string>

#include "common/result.h"

namespace boost::asio::ssl {
class context;
}

namespace http {

/// Which files an https client uses; all PEM. Empty: see each.
struct TlsFiles {
  std::string ca_file = {};           // Who vouches for peers; empty: the system's.
  std::string certificate_file = {};  // Ours and what it needs to be trusted; empty: we show none.
  std::string key_file = {};  // Of our certificate, not encrypted; empty: in certificate_file.
  bool verify_peer = true;    // The certificate and the host name in it.
};

/// How to talk TLS: read once, then shared by any number of connections of one thread.
class Tls {
 public:
  /// Errors: InvalidInput when a file cannot be read or used; the message starts with the name of
  /// its member in TlsFiles. Cost: milliseconds, most of it for the system's certificates.
  static common::Expected<std::shared_ptr<const Tls>> load(const TlsFiles& files);
  /// The system's certificates, or none needed.
  static std::shared_ptr<const Tls> with_defaults(bool verify_peer);
  ~Tls();

  /// Private to http/.
  boost::asio::ssl::context& context() const { return *context_; }
  bool verifies_peer() const { return verify_peer_; }

 private:
  explicit Tls(bool verify_peer);

  std::unique_ptr<boost::asio::ssl::context> context_;
  bool verify_peer_;
};

}  // namespace http
