#pragma once

#include <memory>
#include <string>

#include "common/result.h"
#include "dnsd/server/stream.h"

struct ssl_ctx_st;

namespace dnsd {

/// A certificate chain and its key, ready to shake hands with: TLS 1.2 and 1.3. Immutable; any
/// thread.
class TlsContext {
 public:
  /// Errors name the option: a file that cannot be read, or a key of another certificate.
  /// `key_file` empty: the key is in `certificate_file`.
  static common::Expected<std::shared_ptr<const TlsContext>> load(
      const std::string& certificate_file, const std::string& key_file);

  /// The server's side of a new connection. It keeps what it needs of this.
  std::unique_ptr<Stream> accept(common::UniqueFd socket) const;

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const;
  };
  using Handle = std::unique_ptr<ssl_ctx_st, Free>;

  explicit TlsContext(Handle handle) : handle_(std::move(handle)) {}

  Handle handle_;
};

}  // namespace dnsd
