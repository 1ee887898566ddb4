#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>

#include "common/ip.h"
#include "common/result.h"
#include "common/unique_fd.h"

namespace vipd {

/// A non-blocking datagram socket bound to a VIP, which shares its address with those of the other
/// workers. Errors name the reason and what to do about it.
common::Expected<common::UniqueFd> bind_datagrams(const common::SocketAddress& address);

/// One connected to a backend, which with `client` sees that address (see appear_as()). Errors are
/// errno values.
tl::expected<common::UniqueFd, int> connect_datagrams(
    const common::SocketAddress& to, const std::optional<common::IpAddress>& client);

/// Room for a batch of datagrams of any size UDP knows, read and written by one system call each.
/// One per worker.
class Datagrams {
 public:
  static constexpr std::size_t kBatch = 32;
  static constexpr std::size_t kMaxBytes = std::size_t{64} << 10;

  Datagrams();

  /// Reads what is there, at most a batch. Errno when that is an error, 0 otherwise; with an error
  /// nothing was read.
  int receive(int fd);
  std::size_t size() const { return count_; }
  std::span<const std::byte> bytes(std::size_t index) const;
  common::SocketAddress from(std::size_t index) const;

  /// What sending some of the batch came to: how many went out, and what stopped the next one.
  struct Sent {
    std::size_t count = 0;
    int error = 0;
  };
  /// Sends datagrams first to last - 1 over a connected socket.
  Sent send(int fd, std::size_t first, std::size_t last);
  /// Sends all of them to one address.
  Sent send_all_to(int fd, const common::SocketAddress& to);

 private:
  Sent send_prepared(int fd, std::size_t first, std::size_t last);

  std::unique_ptr<std::byte[]> bytes_;
  std::array<sockaddr_storage, kBatch> from_{};
  std::array<iovec, kBatch> parts_{};
  std::array<mmsghdr, kBatch> messages_{};
  std::array<mmsghdr, kBatch> outgoing_{};
  std::array<iovec, kBatch> outgoing_parts_{};
  std::size_t count_ = 0;
};

}  // namespace vipd
