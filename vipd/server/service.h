#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "vipd/balance/balancer.h"
#include "vipd/relay/slab.h"
#include "vipd/server/counters.h"
#include "vipd/server/listener.h"
#include "watcher/catalog/catalog.h"

namespace vipd {

/// One VIP on one worker. It outlives its VIP until its last session has ended.
struct Service {
  explicit Service(const Balancer::Options& balancing) : balancer(balancing) {}

  SlotId id;
  watcher::VipPtr vip;  // As of the snapshot followed last that had it.
  Balancer balancer;
  Listener listener;  // None while it can't be bound, and once the VIP is closed.
  std::shared_ptr<VipCounters> counters;
  std::size_t sessions = 0;
  bool accepts_proxy = false;    // Its clients begin with a PROXY header.
  bool routes_by_name = false;   // Its TLS clients say by a server name which VIP they mean.
  bool closed = false;           // Its VIP is in no snapshot any more.
  bool awaits_retry = false;     // Listening failed and will be tried again.
  std::uint64_t last_ready = 0;  // The turn in which its listener had connections; the acceptor's.
};

}  // namespace vipd
