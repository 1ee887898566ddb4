#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/ip.h"
#include "watcher/vips/vip.h"

/// What passes through VIPs, in the few numbers that people watch.
namespace vipd {

struct Traffic {
  std::uint64_t connections = 0;  // And UDP flows, begun.
  std::uint64_t open = 0;         // Now.
  std::uint64_t bytes_upstream = 0;
  std::uint64_t bytes_downstream = 0;
  std::uint64_t failures = 0;  // Tries to connect that failed.
};

struct BackendTraffic {
  common::SocketAddress backend;
  Traffic traffic;
};

/// The backends of one app.
struct PoolTraffic {
  std::string pool;
  Traffic traffic;
  std::vector<BackendTraffic> backends;  // No more than vip.backend_metrics, over all VIPs.
};

struct VipTraffic {
  watcher::VipId vip;
  Traffic traffic;
  std::vector<PoolTraffic> pools;
};

}  // namespace vipd
