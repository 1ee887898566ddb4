#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "common/result.h"

struct ssl_ctx_st;
struct ssl_st;

namespace common {

/// The server's side of TLS on a connected socket, which belongs to somebody else and outlives
/// this. Never blocks. Of one thread; the process ignores SIGPIPE.
class TlsSession {
 public:
  ~TlsSession();  // Says goodbye, as far as the socket takes that at once.
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  /// As recv(2) and send(2): so many octets, 0 at the end of input, -1 with errno. After EAGAIN of
  /// send(), the same octets have to be offered again. The first ones shake hands.
  std::ptrdiff_t receive(std::span<std::uint8_t> out);
  std::ptrdiff_t send(std::span<const std::uint8_t> octets);
  /// Says that nothing more will be sent: 0, or -1 with errno.
  int end_output();

  /// What the socket has to be ready for when a call just said EAGAIN: each may have to do the
  /// other first.
  enum class Way : std::uint8_t { Read, Write };
  Way awaits() const { return awaits_; }

  bool is_opening() const;  // Shakes hands.
  /// Octets have come for which the last receive() had no room; no event of the socket tells of
  /// them.
  bool has_more() const;
  /// Why it broke, in the words of OpenSSL; empty where the network did it.
  std::string_view failure() const { return failure_; }

 private:
  friend class TlsContext;
  struct Free {
    void operator()(ssl_st* session) const;
  };

  TlsSession(ssl_ctx_st* context, int socket);
  std::ptrdiff_t judge(int result);
  std::ptrdiff_t broken();

  std::unique_ptr<ssl_st, Free> handle_;  // Null where there was no memory for it.
  Way awaits_ = Way::Read;
  bool is_broken_ = false;
  std::string_view failure_;
};

/// Which files a server uses, all PEM, and what it speaks.
struct TlsServerOptions {
  std::string section;              // Of the configuration, for errors: "dns", "admin".
  std::string certificate_file;     // The chain, the server's own first.
  std::string key_file = {};        // Empty: in certificate_file.
  std::string client_ca_file = {};  // Who vouches for clients; empty: they need not show anything.
  enum class Protocol : std::uint8_t {
    Any,
    Http,  // Clients that name what they speak (ALPN) have to name http/1.1.
  };
  Protocol protocol = Protocol::Any;
};

/// A certificate chain and its key, ready to shake hands with: TLS 1.2 and 1.3, no renegotiation,
/// no cache of sessions. Immutable; any thread.
class TlsContext {
 public:
  /// Errors name the option, such as dns.tls_certificate_file, and the file: one that cannot be
  /// read, or a key of another certificate.
  static Expected<std::shared_ptr<const TlsContext>> load(const TlsServerOptions& options);

  /// The server's side of a new connection. It keeps what it needs of this.
  std::unique_ptr<TlsSession> accept(int socket) const;

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const;
  };
  using Handle = std::unique_ptr<ssl_ctx_st, Free>;

  explicit TlsContext(Handle handle) : handle_(std::move(handle)) {}

  Handle handle_;
};

}  // namespace common
