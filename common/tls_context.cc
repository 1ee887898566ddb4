#include "common/tls_context.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

namespace common {
namespace {

using Protocol = TlsServerOptions::Protocol;

std::string reason() {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  ERR_clear_error();
  return text.data();
}

tl::unexpected<Error> bad(const TlsServerOptions& options,
                          std::string_view option,
                          const std::string& file) {
  return fail(
      ErrorCode::InvalidInput,
      fmt::format("{}.{} '{}' cannot be used: {}", options.section, option, file, reason()));
}

template <class Octets>
int size_of(const Octets& octets) {
  return static_cast<int>(std::min<std::size_t>(octets.size(), INT_MAX));
}

/// OpenSSL would ask for the passphrase of a key on the terminal, and wait.
int no_passphrase(char* /*into*/, int /*size*/, int /*writes*/, void* /*of*/) { return 0; }

/// Who names what it speaks, and not HTTP/1.1, would not understand us (RFC 7301 section 3.2).
int choose_http(SSL* /*session*/,
                const unsigned char** chosen,
                unsigned char* size,
                const unsigned char* offered,
                unsigned int offered_size,
                void* /*of*/) {
  constexpr std::string_view kOurs = "\x08http/1.1";
  unsigned char* found = nullptr;
  const int result = SSL_select_next_proto(&found,
                                           size,
                                           reinterpret_cast<const unsigned char*>(kOurs.data()),
                                           static_cast<unsigned int>(kOurs.size()),
                                           offered,
                                           offered_size);
  *chosen = found;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

void set_manners(SSL_CTX* context, Protocol protocol) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // A connection that just ends is as good as one that says so: messages have lengths.
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                       SSL_MODE_RELEASE_BUFFERS);
  // One call takes one record: a client may change its keys without end, and each time costs.
  SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
  // Clients keep what they need to come back; a cache of ours would be theirs to fill.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_default_passwd_cb(context, no_passphrase);
  if (protocol == Protocol::Http) SSL_CTX_set_alpn_select_cb(context, choose_http, nullptr);
}

Expected<void> use_certificate(SSL_CTX* context, const TlsServerOptions& options) {
  const std::string& certificate = options.certificate_file;
  if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1) {
    return bad(options, "tls_certificate_file", certificate);
  }
  const bool apart = !options.key_file.empty();
  const std::string& key = apart ? options.key_file : certificate;
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    return bad(options, apart ? "tls_key_file" : "tls_certificate_file", key);
  }
  return {};
}

/// Who came before comes back only where this is known (OpenSSL wants a name for it).
Expected<void> ask_for_certificates(SSL_CTX* context, const TlsServerOptions& options) {
  const std::string& file = options.client_ca_file;
  STACK_OF(X509_NAME)* names = SSL_load_client_CA_file(file.c_str());
  if (names == nullptr || SSL_CTX_load_verify_locations(context, file.c_str(), nullptr) != 1) {
    sk_X509_NAME_pop_free(names, X509_NAME_free);
    return bad(options, "tls_client_ca_file", file);
  }
  SSL_CTX_set_client_CA_list(context, names);  // It is theirs now.
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  const auto* name = reinterpret_cast<const unsigned char*>(options.section.data());
  SSL_CTX_set_session_id_context(
      context, name, static_cast<unsigned int>(std::min<std::size_t>(options.section.size(), 32)));
  return {};
}

}  // namespace

// --- A connection --------------------------------------------------------------------------------

void TlsSession::Free::operator()(ssl_st* session) const { SSL_free(session); }

TlsSession::TlsSession(ssl_ctx_st* context, int socket) : handle_(SSL_new(context)) {
  if (handle_ == nullptr) return;
  SSL_set_fd(handle_.get(), socket);
  SSL_set_accept_state(handle_.get());
}

TlsSession::~TlsSession() {
  if (handle_ == nullptr || is_broken_ || is_opening()) return;
  if ((SSL_get_shutdown(handle_.get()) & SSL_SENT_SHUTDOWN) == 0) SSL_shutdown(handle_.get());
  ERR_clear_error();
}

std::ptrdiff_t TlsSession::receive(std::span<std::uint8_t> out) {
  if (handle_ == nullptr) return broken();
  ERR_clear_error();  // What somebody else of this thread left would be taken for ours.
  return judge(SSL_read(handle_.get(), out.data(), size_of(out)));
}

/// "The end" of a write is a connection that broke after its client had said goodbye.
std::ptrdiff_t TlsSession::send(std::span<const std::uint8_t> octets) {
  if (octets.empty()) return 0;
  if (handle_ == nullptr) return broken();
  ERR_clear_error();
  const std::ptrdiff_t sent = judge(SSL_write(handle_.get(), octets.data(), size_of(octets)));
  return sent == 0 ? broken() : sent;
}

int TlsSession::end_output() {
  if (handle_ == nullptr) return static_cast<int>(broken());
  ERR_clear_error();
  const int result = SSL_shutdown(handle_.get());
  return result >= 0 ? 0 : static_cast<int>(judge(result));
}

bool TlsSession::is_opening() const {
  return handle_ != nullptr && SSL_is_init_finished(handle_.get()) == 0;
}

bool TlsSession::has_more() const { return handle_ != nullptr && SSL_pending(handle_.get()) > 0; }

/// In the words of recv(2) and send(2).
std::ptrdiff_t TlsSession::judge(int result) {
  if (result > 0) return result;
  const int why = SSL_get_error(handle_.get(), result);
  if (why == SSL_ERROR_ZERO_RETURN) return 0;
  if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) return broken();
  awaits_ = why == SSL_ERROR_WANT_READ ? Way::Read : Way::Write;
  errno = EAGAIN;
  return -1;
}

std::ptrdiff_t TlsSession::broken() {
  is_broken_ = true;
  const char* words = ERR_reason_error_string(ERR_peek_error());
  if (words != nullptr) failure_ = words;
  ERR_clear_error();
  errno = EPROTO;
  return -1;
}

// --- What they share -----------------------------------------------------------------------------

void TlsContext::Free::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

Expected<std::shared_ptr<const TlsContext>> TlsContext::load(const TlsServerOptions& options) {
  ERR_clear_error();
  Handle handle(SSL_CTX_new(TLS_server_method()));
  if (handle == nullptr) return fail(ErrorCode::Unavailable, "no TLS: " + reason());
  set_manners(handle.get(), options.protocol);
  if (auto used = use_certificate(handle.get(), options); !used) {
    return tl::unexpected(used.error());
  }
  if (!options.client_ca_file.empty()) {
    if (auto asks = ask_for_certificates(handle.get(), options); !asks) {
      return tl::unexpected(asks.error());
    }
  }
  return std::shared_ptr<const TlsContext>(new TlsContext(std::move(handle)));
}

std::unique_ptr<TlsSession> TlsContext::accept(int socket) const {
  return std::unique_ptr<TlsSession>(new TlsSession(handle_.get(), socket));
}

}  // namespace common
