#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "common/metrics.h"
#include "dnsd/query/respond.h"

namespace dnsd {

/// Why a datagram or message got no answer.
enum class Drop : std::uint8_t {
  Ignored,      // respond() stays silent: too short, or an answer itself.
  SourcePort,   // From port 0: nobody can listen there.
  SendBuffer,   // The kernel took no more; the client asks again.
  SendError,    // The kernel refused this one, e.g. a firewall rule or no route back.
  RateLimited,  // Too many equal answers to one network.
};
constexpr std::size_t kDrops = 5;

/// Why a TCP connection ended.
enum class Close : std::uint8_t {
  Peer,         // The client was done.
  Error,        // It broke.
  Idle,         // No query within the idle timeout.
  SlowQuery,    // A query began and did not become whole in time.
  SlowReader,   // The client did not take its answers.
  Evicted,      // It was the longest idle one when the limit was reached.
  Refused,      // It came while the limit was reached and nobody was idle.
  ClientLimit,  // Its client has as many as one may have.
  Moved,        // It goes on in the next process.
  Memory,       // This process was short of memory.
};
constexpr std::size_t kCloses = 10;

constexpr std::size_t kTransports = 3;
constexpr std::size_t kRcodes = 8;  // NoError to Refused, BadVers, any other.

/// What one worker has done. Written by its thread, read by any.
struct Counters {
  std::array<common::Counter, kTransports> queries;
  std::array<common::Counter, kRcodes> responses;
  common::Counter truncated;
  std::array<common::Counter, kDrops> dropped;
  common::Counter tcp_connections;  // Open now.
  common::Counter tcp_accept_failures;
  std::array<common::Counter, kCloses> tcp_closed;  // With those over TLS, as the two above.

  void drop(Drop reason, std::uint64_t amount = 1) {
    dropped[static_cast<std::size_t>(reason)].add(amount);
  }
  void responded(const Response& response);
};

/// Writes the sums over all workers. `kernel_drops`: datagrams lost to full queues of the kernel.
void describe(std::span<const Counters* const> workers,
              std::uint64_t kernel_drops,
              common::MetricsPage& page);

}  // namespace dnsd
