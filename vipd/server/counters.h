#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/metrics.h"

namespace vipd {

/// Why a backend could not be connected.
enum class ConnectFailure : std::uint8_t {
  Refused,      // It answered RST.
  Unreachable,  // The network said no.
  Timeout,      // Nothing came back in vip.connect_timeout.
  Local,        // This host could not even try: no port, no memory, a firewall rule.
};
constexpr std::array<std::string_view, 4> kConnectFailures{
    "refused", "unreachable", "timeout", "local"};

/// Why a session ended, or never began.
enum class EndCause : std::uint8_t {
  Finished,      // Both sides said FIN.
  ClientReset,   // The client's connection broke,
  BackendReset,  // or the backend's.
  NoBackend,     // None was left to try.
  Idle,          // Nothing moved for vip.idle_timeout, or vip.half_close_timeout.
  Age,           // It was older than vip.max_age.
  Unanswered,    // A peer acknowledged nothing any more.
  Drained,       // Its backend was draining and the limit came.
  Limit,         // Refused: a limit of connections was reached.
  ProxyHeader,   // The client sent no PROXY header where it had to, or a wrong one.
  ServerName,    // The client asked over TLS for a name that no VIP has, or spoke no TLS.
  Evicted,       // A UDP flow that was silent longest, when another one needed its place.
  Queue,         // Refused: no backend had room within vip.queue_timeout.
  Descriptors,   // Refused: this host had no file descriptor left, or its kernel no memory.
  Memory,        // Refused, or its reader was slow: this process was short of memory.
  Stopped,       // vipd was told to stop.
};
constexpr std::array<std::string_view, 16> kEndCauses{"finished",
                                                      "client_reset",
                                                      "backend_reset",
                                                      "no_backend",
                                                      "idle",
                                                      "age",
                                                      "unanswered",
                                                      "drained",
                                                      "limit",
                                                      "proxy_header",
                                                      "server_name",
                                                      "evicted",
                                                      "queue",
                                                      "descriptors",
                                                      "memory",
                                                      "stopped"};

/// What one worker counts; written by its thread, read by any.
struct WorkerCounters {
  common::Counter retries;
  common::Counter hedges;
  common::Counter hedges_won;
  std::array<common::Counter, kEndCauses.size()> ended;
  std::atomic<std::uint64_t> generation{0};  // Of the snapshot it follows.

  void count(EndCause cause) { ended[static_cast<std::size_t>(cause)].add(); }
};

/// What one worker counts for one backend of a VIP, on cache lines of its own.
struct alignas(64) BackendCounters {
  common::Counter sessions;  // Begun with it, UDP flows too.
  common::Counter open;      // Now.
  common::Counter bytes_upstream;
  common::Counter bytes_downstream;
  common::Counter ejections;
  common::Counter early_resets;  // Sessions it reset before it had sent a byte.
  common::Counter retries;       // Attempts there that were not the first of their client.
  common::Counter hedges;        // Asked as the rival of one that was slow,
  common::Counter hedges_won;    // and accepted first.
  common::Counter drains;        // Times it began to drain with sessions.
  common::LatencyHistogram connect_seconds;
  common::LatencyHistogram first_byte_seconds;
  std::array<common::Counter, kConnectFailures.size()> connect_failures;
  std::array<common::Counter, kEndCauses.size()> ended;

  void count(ConnectFailure cause) { connect_failures[static_cast<std::size_t>(cause)].add(); }
  void count(EndCause cause) { ended[static_cast<std::size_t>(cause)].add(); }
};

/// What one worker counts for one VIP, on cache lines of its own.
struct alignas(64) VipCounters {
  common::Counter accepted;
  common::Counter open;           // Sessions now.
  common::Counter not_listening;  // 1 while the VIP can't be bound.
  common::Counter bytes_upstream;
  common::Counter bytes_downstream;
  common::Counter datagrams_upstream;  // These three of UDP only.
  common::Counter datagrams_downstream;
  common::Counter datagrams_dropped;
  common::Counter ejections;
  common::Counter drains;   // Backends that began to drain with sessions.
  common::Counter retries;  // Attempts beyond a client's first.
  common::Counter hedges;
  common::Counter hedges_won;
  common::Counter queued;                  // Clients that wait for a backend with room now.
  common::LatencyHistogram queue_seconds;  // How long those waited who then got one.
  common::LatencyHistogram connect_seconds;
  common::LatencyHistogram first_byte_seconds;
  std::array<common::Counter, kConnectFailures.size()> connect_failures;
  std::array<common::Counter, kEndCauses.size()> ended;

  void count(ConnectFailure cause) { connect_failures[static_cast<std::size_t>(cause)].add(); }
  void count(EndCause cause) { ended[static_cast<std::size_t>(cause)].add(); }
};

}  // namespace vipd
