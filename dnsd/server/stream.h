#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "common/tls_context.h"
#include "common/unique_fd.h"
#include "dnsd/query/respond.h"

namespace dnsd {

/// The octets of one client's connection, in the clear or over TLS. Never blocks. Of one worker.
class Stream {
 public:
  explicit Stream(common::UniqueFd socket) : socket_(std::move(socket)) {}
  Stream(common::UniqueFd socket, const common::TlsContext& tls)
      : socket_(std::move(socket)), tls_(tls.accept(socket_.get())) {}

  /// As recv(2) and send(2): so many octets, 0 at the end, -1 with errno.
  ///
  /// A record of TLS has at most as many octets as the server reads at a time, so none stay behind,
  /// where no event would tell of them.
  std::ptrdiff_t receive(std::span<std::uint8_t> out);
  std::ptrdiff_t send(std::span<const std::uint8_t> octets);
  Transport transport() const { return tls_ ? Transport::Tls : Transport::Tcp; }
  /// Octets came that are not the client's own yet: it is shaking hands.
  bool is_opening() const { return tls_ && tls_->is_opening(); }

  int fd() const { return socket_.get(); }

 private:
  common::UniqueFd socket_;
  std::unique_ptr<common::TlsSession> tls_;  // Null in the clear.
};

}  // namespace dnsd
