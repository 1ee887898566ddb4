#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>

#include "common/mutex.h"
#include "dnsd/zone/zone.h"

namespace dnsd {

/// The snapshots that secondaries were given lately, so that they can be told the difference. Any
/// thread. A snapshot costs what is not in the newer ones any more.
class TransferHistory {
 public:
  static constexpr std::size_t kSize = 16;

  void remember(std::shared_ptr<const Zone> zone) {
    const common::MutexLock lock(mutex_);
    for (const auto& known : zones_) {
      if (known->serial() == zone->serial()) return;
    }
    zones_.push_back(std::move(zone));
    if (zones_.size() > kSize) zones_.pop_front();
  }
  /// Null when it was long ago, or never.
  std::shared_ptr<const Zone> find(std::uint32_t serial) const {
    const common::MutexLock lock(mutex_);
    for (const auto& known : zones_) {
      if (known->serial() == serial) return known;
    }
    return nullptr;
  }

 private:
  mutable common::Mutex mutex_;
  std::deque<std::shared_ptr<const Zone>> zones_ GUARDED_BY(mutex_);
};

}  // namespace dnsd
