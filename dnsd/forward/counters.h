#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "common/ip.h"
#include "common/metrics.h"

namespace dnsd {

/// How a question to be forwarded was answered.
enum class Forwarded : std::uint8_t {
  Hit,         // From the cache.
  Upstream,    // By an upstream.
  Stale,       // From the cache, beyond its TTL.
  Failed,      // SERVFAIL: no upstream gave an answer.
  TooMany,     // SERVFAIL: as many are under way as may be.
  Loop,        // SERVFAIL: it is a question of our own that came back.
  Prohibited,  // REFUSED: the client is not in dns.allow_recursion.
};
constexpr std::size_t kForwarded = 7;

/// What one worker has forwarded. Written by its thread, read by any.
struct ForwardCounters {
  struct Upstream {
    common::Counter queries;
    common::Counter failures;  // Late, broken, or nonsense.
    common::Counter down;      // 1 while it is left alone.
  };

  explicit ForwardCounters(std::size_t count) : upstreams(count) {}

  void count(Forwarded how) { answers[static_cast<std::size_t>(how)].add(); }

  std::array<common::Counter, kForwarded> answers;
  std::vector<Upstream> upstreams;
  common::Counter coalesced;      // Questions that waited for another's answer.
  common::Counter prefetches;     // Questions asked before anybody needed them.
  common::Counter races;          // A second upstream was asked while the first was late.
  common::Counter wrong_case;     // Replies whose question had another case than ours.
  common::Counter under_way;      // Now.
  common::Counter cache_entries;  // Now, as the next.
  common::Counter cache_octets;
};

/// Writes the sums over all workers; `upstreams` in the order of their counters.
void describe(std::span<const ForwardCounters* const> workers,
              std::span<const common::SocketAddress> upstreams,
              common::MetricsPage& page);

}  // namespace dnsd
