#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include "common/ip.h"
#include "common/result.h"
#include "common/unique_fd.h"
#include "vipd/relay/io.h"

namespace vipd {

/// One kernel socket of a session; the StreamSocket that production code uses. Closes on
/// destruction, which says FIN unless reset_on_close() came before.
class TcpSocket {
 public:
  TcpSocket() = default;  // None.
  /// Takes over a socket that a listener of listen_on() accepted.
  static TcpSocket accepted(common::UniqueFd fd) { return TcpSocket(std::move(fd), true); }
  /// Begins to connect; the poller reports how it ends. Errors: an errno value.
  static tl::expected<TcpSocket, int> connect(const common::SocketAddress& to);

  int fd() const { return fd_.get(); }
  int take_error();        // The errno value of a failed connect().
  bool has_bytes() const;  // Something can be read, though the connection may be broken.

  IoResult read(std::span<std::byte> room);
  IoResult write(std::span<const std::byte> bytes);
  IoStatus shutdown_write();
  /// Makes closing say RST, whatever is still queued.
  void reset_on_close();

 private:
  TcpSocket(common::UniqueFd fd, bool no_delay) : fd_(std::move(fd)), no_delay_(no_delay) {}

  common::UniqueFd fd_;
  bool no_delay_ = false;  // TCP_NODELAY is set: accepted sockets have it from their listener.
  bool written_ = false;
};

/// A non-blocking listening socket that shares its address with those of the other workers.
/// Errors name the reason and what to do about it.
common::Expected<common::UniqueFd> listen_on(const common::SocketAddress& address);

/// Accepts and throws away, with RST.
void reset(common::UniqueFd accepted);

}  // namespace vipd
