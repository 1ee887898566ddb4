#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "vipd/balance/ejection.h"
#include "vipd/balance/peak_ewma.h"
#include "watcher/vips/vip.h"

namespace vipd {

struct BackendCounters;

/// A backend as one worker knows it: what the table says of it, and what happened to the worker's
/// own sessions there. Lives while it is in the table or has sessions.
struct Target {
  std::uint32_t id = 0;  // Never used twice within one balancer.
  common::SocketAddress endpoint;
  std::size_t task_hash = 0;  // Tells apart two tasks that had one endpoint after another.
  std::size_t pool = 0;       // Hash of the app's name.
  watcher::SharedString app;  // That name.
  watcher::BackendState state = watcher::BackendState::Passing;  // Draining once out of the table.
  bool in_table = false;
  bool passes = false;                     // It passed in the table, as of the last update.
  bool drained = false;                    // By the operator, while it drains in the table.
  std::optional<TimePoint> passing_since;  // None when it passed already when the VIP came.
  std::chrono::milliseconds drain{};
  watcher::PortOptions options;
  watcher::Nearness near = watcher::Nearness::Elsewhere;
  config::DrainRule at_rest;  // While its pool has weight 0.
  /// Why its sessions are to end some time, and since when.
  enum class Leaving : std::uint8_t { No, AtRest, Going } leaving = Leaving::No;
  std::optional<TimePoint> draining_since;
  Ejection ejection;
  PeakEwma connect_time;
  double weight = 1;  // In proportion to its siblings: less than 1 while it starts slowly.
  double turn = 0;    // Of the weighted round robin.
  std::vector<std::uint32_t> sessions;  // Slots of those connected or connecting; in no order.
  std::shared_ptr<BackendCounters> counters;  // Of whoever uses the balancer, who sets it.

  /// How busy it is with one connection more.
  double load() const { return static_cast<double>(sessions.size() + 1) / weight; }
};

}  // namespace vipd
