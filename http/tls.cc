#include "http/tls.h"

#include <boost/asio/ssl/context.hpp>

namespace http {
namespace {

namespace ssl = boost::asio::ssl;
using Code = boost::system::error_code;

/// Names a file that cannot be used by its option.
common::Error in_words(const char* option, const std::string& file, const Code& code) {
  return {common::ErrorCode::InvalidInput,
          std::string(option) + " '" + file + "' cannot be used: " + code.message()};
}

}  // namespace

Tls::Tls(bool verify_peer)
    : context_(std::make_unique<ssl::context>(ssl::context::tls_client)),
      verify_peer_(verify_peer) {
  SSL_CTX_set_min_proto_version(context_->native_handle(), TLS1_2_VERSION);
  // OpenSSL would ask for the passphrase of a key on the terminal, and wait.
  Code ignored;
  context_->set_password_callback([](auto...) { return std::string(); }, ignored);
}

Tls::~Tls() = default;

common::Expected<std::shared_ptr<const Tls>> Tls::load(const TlsFiles& files) {
  const std::shared_ptr<Tls> tls(new Tls(files.verify_peer));
  ssl::context& context = *tls->context_;
  Code code;
  if (files.ca_file.empty()) {
    context.set_default_verify_paths(
        code);  // Without them peers are refused, and that error says so.
  } else if (context.load_verify_file(files.ca_file, code)) {
    return tl::unexpected(in_words("ca_file", files.ca_file, code));
  }
  if (files.certificate_file.empty()) return tls;
  if (context.use_certificate_chain_file(files.certificate_file, code)) {
    return tl::unexpected(in_words("certificate_file", files.certificate_file, code));
  }
  const bool apart = !files.key_file.empty();
  const std::string& key = apart ? files.key_file : files.certificate_file;
  if (context.use_private_key_file(key, ssl::context::pem, code)) {
    return tl::unexpected(in_words(apart ? "key_file" : "certificate_file", key, code));
  }
  return tls;
}

std::shared_ptr<const Tls> Tls::with_defaults(bool verify_peer) {
  return *load({.verify_peer = verify_peer});
}

}  // namespace http
