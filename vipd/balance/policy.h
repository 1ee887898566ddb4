#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "vipd/balance/target.h"

namespace vipd {

/// Chooses who gets the next connection of a VIP. One object per VIP and worker, so it may keep
/// state and needs no lock; called once per connection attempt.
class Policy {
 public:
  virtual ~Policy() = default;
  /// An index into `candidates`: never empty, in the order of endpoints, and not always the same
  /// ones, as backends come, go, fail and were tried already for this client.
  virtual std::size_t choose(std::span<Target* const> candidates) = 0;
};

/// Each in turn. Workers that begin at different places don't all send their first connection to
/// the same backend.
std::unique_ptr<Policy> make_round_robin(std::size_t first);

}  // namespace vipd
