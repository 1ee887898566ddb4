#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "vipd/balance/ejection.h"
#include "watcher/vips/vip.h"

namespace vipd {

/// A backend as one worker knows it: what the table says of it, and what happened to the worker's
/// own sessions there. Lives while it is in the table or has sessions.
struct Target {
  std::uint32_t id = 0;  // Never used twice within one balancer.
  common::SocketAddress endpoint;
  std::size_t task_hash = 0;  // Tells apart two tasks that had one endpoint after another.
  watcher::BackendState state = watcher::BackendState::Passing;  // Draining once out of the table.
  bool in_table = false;
  bool passes = false;  // It passed in the table, as of the last update.
  std::chrono::milliseconds drain{};
  std::optional<TimePoint> draining_since;
  Ejection ejection;
  std::vector<std::uint32_t> sessions;  // Slots of those connected or connecting; in no order.
};

}  // namespace vipd
