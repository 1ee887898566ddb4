#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <thread>

#include "common/ip.h"
#include "common/unique_fd.h"

namespace vipd {

using common::SocketAddress;
using common::UniqueFd;

inline const common::IpAddress kLoopback = common::IpAddress::v4(0x7f000001);

/// Looks again and again until `holds()` is true; false when it still is not after half a minute.
template <class Holds>
bool wait_until(Holds holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

/// How a read, or a whole stream, ended.
enum class StreamEnd { Open, Fin, Reset, Silence };

/// A blocking socket of a test, client's or backend's. No call blocks for more than 20 seconds.
class TestSocket {
 public:
  TestSocket() = default;
  explicit TestSocket(UniqueFd fd);

  /// Connects; errno afterwards is 0 or says why not.
  static TestSocket connect(const SocketAddress& to);
  bool connected() const { return error_ == 0; }
  int error() const { return error_; }

  void send(std::string_view bytes);              // All of them, or fails the test.
  std::size_t send_some(std::string_view bytes);  // What fits now; 0 when that is nothing.
  void finish() const;                            // FIN; reading goes on.
  void reset();                                   // RST.
  void close() { fd_.reset(); }
  void set_receive_buffer(int bytes) const;

  std::string receive(std::size_t count);      // Exactly that many, fewer at an end.
  std::string receive_all();                   // To the end of the stream.
  StreamEnd end();                             // How the stream ends; discards what comes before.
  StreamEnd last_end() const { return end_; }  // Of the last receive.
  int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_;
  int error_ = 0;
  StreamEnd end_ = StreamEnd::Open;
};

/// A listening socket on a free port.
class TestListener {
 public:
  explicit TestListener(const common::IpAddress& ip = kLoopback, int backlog = 1024);
  TestSocket accept();                // Waits for a connection.
  std::size_t count_waiting() const;  // Accepts and drops what is there; returns how many.
  const SocketAddress& address() const { return address_; }
  void close() { fd_.reset(); }
  int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_;
  SocketAddress address_;
};

/// A port that is taken but refuses connections. With `shared`, others may listen on it if they say
/// SO_REUSEADDR: so a VIP's port is known before vipd listens there, and nobody else gets it.
class HeldPort {
 public:
  enum class Kind { Refusing, Shared };
  explicit HeldPort(Kind kind, const common::IpAddress& ip = kLoopback);
  const SocketAddress& address() const { return address_; }
  void listen() const;        // It refuses no longer.
  TestSocket accept() const;  // Waits for a connection.

 private:
  UniqueFd fd_;
  SocketAddress address_;
};

/// Answers every connection with what it gets, on a thread of its own.
class EchoServer {
 public:
  EchoServer();
  ~EchoServer();
  const SocketAddress& address() const { return listener_.address(); }

 private:
  void run();

  TestListener listener_;
  UniqueFd stop_;
  std::thread thread_;
};

/// `count` bytes that differ from place to place.
std::string pattern(std::size_t count, unsigned seed = 1);

}  // namespace vipd
