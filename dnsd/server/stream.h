#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include "common/unique_fd.h"
#include "dnsd/query/respond.h"

namespace dnsd {

/// The octets of one client's connection, as they are: over TCP in the clear. Never blocks. Of one
/// worker.
class Stream {
 public:
  explicit Stream(common::UniqueFd socket) : socket_(std::move(socket)) {}
  virtual ~Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// As recv(2) and send(2): so many octets, 0 at the end, -1 with errno.
  virtual std::ptrdiff_t receive(std::span<std::uint8_t> out);
  virtual std::ptrdiff_t send(std::span<const std::uint8_t> octets);
  virtual Transport transport() const { return Transport::Tcp; }
  /// Octets came that are not the client's own yet: it is shaking hands.
  virtual bool is_opening() const { return false; }

  int fd() const { return socket_.get(); }

 private:
  common::UniqueFd socket_;
};

}  // namespace dnsd
