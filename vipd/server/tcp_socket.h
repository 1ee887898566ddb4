#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "common/ip.h"
#include "common/result.h"
#include "common/unique_fd.h"
#include "vipd/relay/io.h"
#include "vipd/relay/proxy_header.h"
#include "vipd/server/pipes.h"

namespace vipd {

/// One kernel socket of a session; the StreamSocket that production code uses. Closes on
/// destruction, which says FIN unless reset_on_close() came before.
class TcpSocket {
 public:
  using Pipes = vipd::Pipes;

  TcpSocket() = default;  // None.
  /// Takes over a socket that a listener of listen_on() accepted.
  static TcpSocket accepted(common::UniqueFd fd) { return TcpSocket(std::move(fd), true); }
  /// Takes over the connection to a backend that another process had.
  static TcpSocket connected(common::UniqueFd fd) { return TcpSocket(std::move(fd), false); }
  /// Begins to connect; the poller reports how it ends. With `client`, the peer sees that address
  /// (see appear_as()). Errors: an errno value.
  static tl::expected<TcpSocket, int> connect(const common::SocketAddress& to,
                                              const std::optional<common::IpAddress>& client);

  int fd() const { return fd_.get(); }
  common::UniqueFd release() { return std::move(fd_); }
  int take_error();                    // The errno value of a failed connect().
  ProxiedAddresses addresses() const;  // Of an accepted socket: the client's and the VIP's.
  /// Broken because the peer stayed silent: no acknowledgement, no answer to keepalive.
  bool went_unanswered() const { return unanswered_; }
  /// Asks the peer for a sign of life after so long without one, rounded up to seconds; half a
  /// minute more and the connection is broken.
  void keep_alive(std::chrono::milliseconds after);
  bool has_bytes() const;  // Something can be read, though the connection may be broken.

  IoResult read(std::span<std::byte> room);
  IoResult peek(std::span<std::byte> room);  // What read() would give, and will.
  IoResult write(std::span<const std::byte> bytes);
  IoStatus shutdown_write();
  IoResult read_into(Pipe& pipe);
  IoResult write_from(Pipe& pipe);
  /// Makes closing say RST, whatever is still queued.
  void reset_on_close();

 private:
  IoResult failed();
  void begin_write();
  TcpSocket(common::UniqueFd fd, bool no_delay) : fd_(std::move(fd)), no_delay_(no_delay) {}

  common::UniqueFd fd_;
  bool no_delay_ = false;  // TCP_NODELAY is set: accepted sockets have it from their listener.
  bool written_ = false;
  bool unanswered_ = false;
};

/// How an address is bound that the workers share: alone, which fails where anybody is, or beside
/// who has let others in. Either way others of this user may join from then on.
enum class Binding : std::uint8_t { Alone, Joining };

/// A non-blocking listening socket. Errors name the reason and what to do about it.
common::Expected<common::UniqueFd> listen_on(const common::SocketAddress& address, Binding how);

/// Why an address cannot be listened on, in words for the operator.
tl::unexpected<common::Error> listen_error(int error);

/// Accepts and throws away, with RST.
void reset(common::UniqueFd accepted);

}  // namespace vipd
