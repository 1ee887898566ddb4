#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "common/metrics.h"
#include "vipd/server/counters.h"
#include "vipd/table/traffic.h"

namespace vipd {

/// The sum of what several workers counted for one backend, or for all backends of a pool.
struct BackendTotals {
  BackendTotals() = default;
  BackendTotals(const BackendTotals& other) { add(other); }

  std::uint64_t sessions = 0;
  std::uint64_t open = 0;
  std::uint64_t bytes_upstream = 0;
  std::uint64_t bytes_downstream = 0;
  std::uint64_t ejections = 0;
  std::uint64_t early_resets = 0;
  std::uint64_t retries = 0;
  std::uint64_t hedges = 0;
  std::uint64_t hedges_won = 0;
  std::uint64_t drains = 0;
  std::array<std::uint64_t, kConnectFailures.size()> connect_failures{};
  std::array<std::uint64_t, kEndCauses.size()> ended{};
  common::LatencyHistogram connect_seconds;
  common::LatencyHistogram first_byte_seconds;

  void add(const BackendCounters& counters);
  void add(const BackendTotals& more);
  Traffic traffic() const;
  /// what  "pool" or "backend": in the names of the metrics.
  void describe(std::string_view what,
                const common::MetricsPage::Labels& labels,
                common::MetricsPage& page) const;
};

/// The same for a VIP.
struct VipTotals {
  VipTotals() = default;
  VipTotals(const VipTotals& other) { add(other); }

  std::uint64_t accepted = 0;
  std::uint64_t open = 0;
  std::uint64_t not_listening = 0;
  std::uint64_t bytes_upstream = 0;
  std::uint64_t bytes_downstream = 0;
  std::uint64_t datagrams_upstream = 0;
  std::uint64_t datagrams_downstream = 0;
  std::uint64_t datagrams_dropped = 0;
  std::uint64_t ejections = 0;
  std::uint64_t drains = 0;
  std::uint64_t retries = 0;
  std::uint64_t hedges = 0;
  std::uint64_t hedges_won = 0;
  std::uint64_t queued = 0;
  common::LatencyHistogram queue_seconds;
  std::array<std::uint64_t, kConnectFailures.size()> connect_failures{};
  std::array<std::uint64_t, kEndCauses.size()> ended{};
  common::LatencyHistogram connect_seconds;
  common::LatencyHistogram first_byte_seconds;

  void add(const VipCounters& counters);
  void add(const VipTotals& more);
  Traffic traffic() const;
  void describe(const std::string& vip, common::MetricsPage& page) const;
  void describe_datagrams(const std::string& vip, common::MetricsPage& page) const;
};

}  // namespace vipd
