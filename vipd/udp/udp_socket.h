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
#include "vipd/server/tcp_socket.h"

namespace vipd {

/// Makes the kernel hand over what one sender sent in a burst as one piece, where it came so
/// (UDP_GRO). Without it, or where the kernel knows no such thing, each datagram comes by itself.
void receive_bursts(int fd);

/// A non-blocking datagram socket bound to a VIP. Errors name the reason and what to do about it.
common::Expected<common::UniqueFd> bind_datagrams(const common::SocketAddress& address,
                                                  Binding how);

/// One connected to a backend, which with `client` sees that address (see appear_as()). Errors are
/// errno values.
tl::expected<common::UniqueFd, int> connect_datagrams(
    const common::SocketAddress& to, const std::optional<common::IpAddress>& client);

/// Room for a batch of datagrams of any size UDP knows, read and written by one system call each.
/// One per worker.
///
/// A piece is one datagram, or several of one size (the last may be shorter) that one sender sent
/// in a burst: they travel through the kernel as one, which costs hardly more than one of them
/// does. Pieces that go to one place are sent so, too (UDP_SEGMENT), however they came.
class Datagrams {
 public:
  static constexpr std::size_t kBatch = 32;
  static constexpr std::size_t kMaxBytes = std::size_t{64} << 10;

  Datagrams();

  /// Reads what is there, at most a batch. Errno when that is an error, 0 otherwise; with an error
  /// nothing was read.
  int receive(int fd);
  std::size_t size() const { return count_; }  // In pieces.
  std::span<const std::byte> bytes(std::size_t index) const;
  common::SocketAddress from(std::size_t index) const;
  std::size_t datagrams(std::size_t first, std::size_t last) const;  // Of which these consist.

  /// What sending some of the batch came to: how many pieces went out, and what stopped the next.
  struct Sent {
    std::size_t count = 0;
    int error = 0;
  };
  /// Sends pieces first to last - 1 over a connected socket.
  Sent send(int fd, std::size_t first, std::size_t last);
  /// Sends all of them to one address.
  Sent send_all_to(int fd, const common::SocketAddress& to);

 private:
  /// Room for the one control message that goes either way.
  union Control {
    std::array<char, CMSG_SPACE(sizeof(int))> room;
    cmsghdr aligned;
  };

  void make_room(std::size_t count);
  Sent send_to(int fd, std::size_t first, std::size_t last, sockaddr* to, socklen_t length);
  std::size_t end_of_run(std::size_t first, std::size_t last) const;
  void prepare(msghdr& message, std::size_t first, std::size_t last);
  int send_one_by_one(int fd, std::size_t index, sockaddr* to, socklen_t length) const;

  std::unique_ptr<std::byte[]> bytes_;
  std::array<sockaddr_storage, kBatch> from_{};
  std::array<iovec, kBatch> parts_{};
  std::array<mmsghdr, kBatch> messages_{};
  std::array<std::size_t, kBatch> segments_{};  // Of each piece: the size of its datagrams.
  std::array<Control, kBatch> controls_{};
  std::array<mmsghdr, kBatch> outgoing_{};
  std::array<iovec, kBatch> outgoing_parts_{};
  std::array<Control, kBatch> outgoing_controls_{};
  std::size_t count_ = 0;
};

}  // namespace vipd
