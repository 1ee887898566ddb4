#include "dnsd/server/tls_context.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <utility>

namespace dnsd {
namespace {

using common::ErrorCode;
using common::Expected;

std::string reason() {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  ERR_clear_error();
  return text.data();
}

tl::unexpected<common::Error> bad(std::string_view option, const std::string& file) {
  return common::fail(ErrorCode::InvalidInput,
                      fmt::format("{} '{}' cannot be used: {}", option, file, reason()));
}

struct SslFree {
  void operator()(SSL* handle) const { SSL_free(handle); }
};

/// OpenSSL on a socket of ours.
class TlsStream final : public Stream {
 public:
  TlsStream(common::UniqueFd socket, SSL_CTX* context)
      : Stream(std::move(socket)), handle_(SSL_new(context)) {
    if (handle_ == nullptr) return;
    SSL_set_fd(handle_.get(), fd());
    SSL_set_accept_state(handle_.get());
  }
  ~TlsStream() override {
    if (handle_ != nullptr && !is_broken_ && !is_opening()) SSL_shutdown(handle_.get());
    ERR_clear_error();
  }

  // A record has at most as many octets as the server reads at a time, so none stay behind in
  // OpenSSL, where no event would tell of them.
  std::ptrdiff_t receive(std::span<std::uint8_t> out) override {
    if (handle_ == nullptr) return broken();
    return judge(SSL_read(handle_.get(), out.data(), size_of(out)));
  }
  std::ptrdiff_t send(std::span<const std::uint8_t> octets) override {
    if (octets.empty()) return 0;
    return judge(SSL_write(handle_.get(), octets.data(), size_of(octets)));
  }
  Transport transport() const override { return Transport::Tls; }
  bool is_opening() const override {
    return handle_ != nullptr && SSL_is_init_finished(handle_.get()) == 0;
  }

 private:
  template <class Octets>
  static int size_of(const Octets& octets) {
    return static_cast<int>(std::min<std::size_t>(octets.size(), INT_MAX));
  }

  /// In the words of recv(2) and send(2).
  std::ptrdiff_t judge(int result) {
    if (result > 0) return result;
    const int why = SSL_get_error(handle_.get(), result);
    ERR_clear_error();  // Else the next connection of this thread would find it.
    if (why == SSL_ERROR_ZERO_RETURN) return 0;
    if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) return broken();
    errno = EAGAIN;
    return -1;
  }
  std::ptrdiff_t broken() {
    is_broken_ = true;
    errno = EPROTO;
    return -1;
  }

  std::unique_ptr<SSL, SslFree> handle_;
  bool is_broken_ = false;
};

}  // namespace

void TlsContext::Free::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

Expected<std::shared_ptr<const TlsContext>> TlsContext::load(const std::string& certificate_file,
                                                             const std::string& key_file) {
  ERR_clear_error();
  Handle handle(SSL_CTX_new(TLS_server_method()));
  if (handle == nullptr) return common::fail(ErrorCode::Unavailable, "no TLS: " + reason());
  SSL_CTX* context = handle.get();
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
  if (SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) != 1) {
    return bad("dns.tls_certificate_file", certificate_file);
  }
  const std::string_view option =
      key_file.empty() ? "dns.tls_certificate_file" : "dns.tls_key_file";
  const std::string& key = key_file.empty() ? certificate_file : key_file;
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    return bad(option, key);
  }
  return std::shared_ptr<const TlsContext>(new TlsContext(std::move(handle)));
}

std::unique_ptr<Stream> TlsContext::accept(common::UniqueFd socket) const {
  return std::make_unique<TlsStream>(std::move(socket), handle_.get());
}

}  // namespace dnsd
