#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

namespace vipd {

enum class IoStatus : std::uint8_t {
  Ok,       // `bytes` were moved, at least one.
  Blocked,  // Nothing now; the poller will tell.
  Ended,    // Only from a read: the peer sent FIN, and everything before it has been read.
  Broken,   // The connection is gone: reset, or given up by the kernel.
};

struct IoResult {
  IoStatus status = IoStatus::Blocked;
  std::size_t bytes = 0;
};

/// What a poller reported of one socket, as edges: each is told once, and again only after a
/// change.
struct Readiness {
  bool readable = false;  // Bytes, FIN or an error are there to be read.
  bool writable = false;
  bool ended = false;   // FIN has arrived, perhaps behind bytes not yet read (EPOLLRDHUP).
  bool urgent = false;  // The stream has an urgent mark, at which reads stop short (EPOLLPRI).
  bool broken = false;  // A reset has arrived, perhaps behind bytes not yet read (EPOLLERR).
};

/// A connected, non-blocking stream socket. A read returns fewer bytes than asked for only when
/// nothing more is queued or at an urgent mark; a write, only when it would block. Through a pipe
/// bytes go to another socket without being copied here; how many at a time says nothing.
template <class T>
concept StreamSocket = requires(T socket,
                                std::span<std::byte> room,
                                std::span<const std::byte> bytes,
                                typename T::Pipes pipes) {
  { socket.read(room) } -> std::same_as<IoResult>;
  { socket.write(bytes) } -> std::same_as<IoResult>;
  { socket.shutdown_write() } -> std::same_as<IoStatus>;           // Ok or Broken; sends FIN.
  { socket.read_into(*pipes.take()) } -> std::same_as<IoResult>;   // Into an empty one.
  { socket.write_from(*pipes.take()) } -> std::same_as<IoResult>;  // From one that holds bytes.
  { pipes.take()->empty() } -> std::same_as<bool>;
};

}  // namespace vipd
