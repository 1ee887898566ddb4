#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "common/event.h"
#include "common/ip.h"
#include "common/unique_fd.h"

namespace dnsd::testing {

/// Blocking client sockets. Whatever does not come within ten seconds counts as never.

class UdpClient {
 public:
  explicit UdpClient(const common::SocketAddress& server);

  void send(std::span<const std::uint8_t> message);
  std::optional<std::vector<std::uint8_t>> receive();

 private:
  common::UniqueFd socket_;
};

class TcpClient {
 public:
  /// `from`: our own address; any when null.
  explicit TcpClient(const common::SocketAddress& server,
                     int receive_buffer = 0,
                     const char* from = nullptr);

  void send(std::span<const std::uint8_t> octets);  // As far as the server takes them.
  void finish();                                    // No more octets from us.
  std::optional<std::vector<std::uint8_t>> receive_message();
  bool has_octets() const;  // Is there anything to receive, or the end?
  bool closed_by_server();  // Waits for the end and throws away what comes before.
  /// Waits until the server resets the connection, without reading.
  bool reset_by_server();

 private:
  bool receive_exactly(std::span<std::uint8_t> out);

  common::UniqueFd socket_;
};

/// A socket that listens, or a datagram socket, at a free port of 127.0.0.1.
common::UniqueFd bound_socket(int type);
common::SocketAddress address_of(const common::UniqueFd& socket);

/// Runs a loop on a thread of its own while it lives. Build what uses the loop before.
class LoopThread {
 public:
  explicit LoopThread(common::EventLoop& loop) : loop_(loop), thread_([&loop] { loop.run(); }) {}
  ~LoopThread() {
    loop_.stop();
    thread_.join();
  }
  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;

 private:
  common::EventLoop& loop_;
  std::thread thread_;
};

}  // namespace dnsd::testing
