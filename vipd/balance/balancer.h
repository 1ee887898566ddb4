#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "vipd/balance/policy.h"
#include "vipd/balance/target.h"

namespace vipd {

/// What one session has tried so far, so that it asks each backend at most once.
struct Attempts {
  std::vector<std::uint32_t> failed;  // Ids of targets. Empty, and no memory, for nearly everyone.

  bool tried(const Target& target) const;
};

/// One worker's view of the backends of one VIP. Pure: one thread, the time comes from outside.
///
/// A connection goes to a passing backend. If none passes, to any that is not draining (panic).
/// Those that just refused are skipped for a while, unless that would leave none. Pools need no
/// step of their own: choosing among all passing backends shares by how many each pool has.
class Balancer {
 public:
  explicit Balancer(std::unique_ptr<Policy> policy) : policy_(std::move(policy)) {}

  /// Takes over what the table says now; what a target learned stays with it. Returns the targets
  /// that began to drain and still have sessions; valid until the next update() or release().
  std::vector<Target*> update(std::span<const watcher::Backend> backends, TimePoint now);

  /// The backend to try next, or null when each one worth trying was tried.
  Target* pick(const Attempts& attempts, TimePoint now);

  void succeeded(Target& target, TimePoint now);
  void failed(Target& target, TimePoint now);

  /// Whether it is worth to ask again although every backend refuses: something accepted a
  /// connection, or passed in the table and does no longer, within kMemory. So it is while tasks
  /// are replaced that nobody checks; a VIP that has been dead for longer is not waited for.
  bool lived_lately(TimePoint now) const { return lived_at_ && now - *lived_at_ < kMemory; }
  static constexpr std::chrono::seconds kMemory{10};

  /// To be called when a target lost a session: forgets one that was only waiting for that.
  void release(Target& target);

  /// The target of that id, or null when it is gone. Linear: for timers.
  Target* find(std::uint32_t id);
  std::size_t size() const { return targets_.size(); }

 private:
  using Targets = std::vector<std::unique_ptr<Target>>;

  Target& find_or_add(const watcher::Backend& backend);
  void note_losses(TimePoint now);
  std::vector<Target*> begin_drains(TimePoint now);
  void rebuild_candidates(TimePoint now);
  void rebuild_available(TimePoint now);

  std::unique_ptr<Policy> policy_;
  Targets targets_;                  // By endpoint, then task.
  std::vector<Target*> candidates_;  // Passing ones, or in panic whatever is not draining.
  std::vector<Target*> available_;   // Those of them not ejected; all of them if that leaves none.
  TimePoint stale_at_ = TimePoint::max();  // When the first ejection ends.
  std::optional<TimePoint> lived_at_;      // The last sign of life, see lived_lately().
  std::uint32_t last_id_ = 0;
};

}  // namespace vipd
