#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "common/ip.h"
#include "vipd/balance/target.h"
#include "vipd/server/counters.h"
#include "watcher/vips/vip.h"

namespace vipd {

/// What a line of the access log says of a session, gathered while it lives.
struct AccessRecord {
  using Seconds = std::chrono::duration<double>;
  using Instant = std::chrono::steady_clock::time_point;

  AccessRecord(const common::SocketAddress& from, Instant when) : client(from), accepted(when) {}
  void tried(const Target& target, int attempts);
  void connected(const Target& target, Seconds took, int attempts);
  void count(std::size_t upstream, std::size_t downstream) {
    bytes[0] += upstream;
    bytes[1] += downstream;
  }

  common::SocketAddress client;
  Instant accepted;
  std::optional<common::SocketAddress> backend;  // None while no one accepted.
  watcher::SharedString app;
  int tries = 0;
  std::array<std::uint64_t, 2> bytes{};  // Towards the backend, towards the client.
  std::optional<Seconds> connect;
  std::optional<Seconds> first_byte;
};

/// One line for each session or UDP flow that ended, at most so many a second; the next one tells
/// how many were left out. Writing takes the log's lock and may wait for whoever reads it: off by
/// default. One per worker.
class AccessLog {
 public:
  explicit AccessLog(int lines_per_second) : limit_(lines_per_second) {}

  bool is_on() const { return limit_ > 0; }
  void write(const AccessRecord& record,
             const watcher::Vip& vip,
             EndCause cause,
             AccessRecord::Instant now);

 private:
  bool may_write(AccessRecord::Instant now);

  int limit_;
  AccessRecord::Instant second_{};  // When the one began that is counted.
  int written_ = 0;                 // In it.
  std::uint64_t left_out_ = 0;
};

/// The line, for the log and its test.
std::string access_line(const AccessRecord& record,
                        const watcher::Vip& vip,
                        EndCause cause,
                        AccessRecord::Instant now);

}  // namespace vipd
