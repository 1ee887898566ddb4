#pragma once

#include <chrono>
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
  std::uint64_t client = 0;           // Hash of who asks.

  bool tried(const Target& target) const;
};

/// One worker's view of the backends of one VIP. Pure: one thread, the time comes from outside.
///
/// A connection goes to a passing backend. If too few pass, to any that is not draining (panic).
/// Those that just failed are left out (ejected) until they are found well again, unless that would
/// leave none; no more than a share of all at a time, so that a fault nearer to us does not put the
/// whole load on the last one.
///
/// The backends of one app are a pool. As long as no pool has a weight, all backends are chosen
/// among alike, so that pools share by how many each has. Once one has, pools share by weight,
/// those without one as if it were kDefaultWeight; a pool of weight 0 gets nothing new.
///
/// Within a pool the nearest get it; others only when none of these can take it.
class Balancer {
 public:
  enum class Return : std::uint8_t { ByCheck, ByTime };
  struct Options {
    config::Balance balance = config::Balance::TwoChoices;
    int panic_threshold = 0;  // Percent that must pass; 0: one.
    int max_ejected = 50;     // Percent of the candidates, but at least one; 0: none.
    /// Where nobody can check an ejected backend, it comes back when its time is up.
    Return comes_back = Return::ByCheck;
    std::chrono::milliseconds slow_start{0};
    std::size_t limit = 0;   // Sessions a target may have; 0: any number.
    std::uint64_t seed = 0;  // Differs between workers.

    friend bool operator==(const Options&, const Options&) = default;
  };
  static constexpr std::uint32_t kDefaultWeight = 100;
  static constexpr double kSlowestStart = 0.1;  // Of its share, a backend gets at first.

  explicit Balancer(const Options& options) : options_(options) {}
  void configure(const Options& options, TimePoint now);

  /// Takes over what the table says now; what a target learned stays with it. Returns the targets
  /// that began to drain and still have sessions: they go, or their pool has weight 0 now and its
  /// connections are not to be kept. Valid until the next update() or release().
  std::vector<Target*> update(std::span<const watcher::Backend> backends, TimePoint now);

  /// The backend to try next, or null when each one worth trying was tried or is full.
  Target* pick(const Attempts& attempts, TimePoint now);
  /// Whether those worth trying have as many sessions as they may, so that waiting may help.
  bool is_full(const Attempts& attempts) const;

  void succeeded(Target& target, std::chrono::nanoseconds connect_time, TimePoint now);
  /// A connection could not be had, or was reset before the first byte. True when that ejects the
  /// target; then it is owed a check at target.ejection.until().
  bool failed(Target& target, TimePoint now);
  bool reset_early(Target& target, TimePoint now);
  /// What a check of an ejected target found: it is back, or due again at ejection.until().
  void checked(Target& target, bool passed, TimePoint now);

  /// Whether it is worth to ask again although every backend refuses: something accepted a
  /// connection, or passed in the table and does no longer, within kMemory. So it is while tasks
  /// are replaced that nobody checks; a VIP that has been dead for longer is not waited for.
  bool lived_lately(TimePoint now) const { return lived_at_ && now - *lived_at_ < kMemory; }
  static constexpr std::chrono::seconds kMemory{10};

  /// To be called when a target lost a session: forgets one that was only waiting for that.
  void release(Target& target);

  /// The hash of a client by which the policy keeps clients together.
  std::uint64_t client_hash(const common::SocketAddress& client) const;
  bool in_panic() const { return in_panic_; }

  /// The target of that id, or null when it is gone. Linear: for timers.
  Target* find(std::uint32_t id);
  std::span<const std::unique_ptr<Target>> targets() const { return targets_; }
  std::size_t size() const { return targets_.size(); }

 private:
  using Targets = std::vector<std::unique_ptr<Target>>;

  struct Pool {
    std::size_t key = 0;  // Target::pool; 0 for the one of all while no pool has a weight.
    double weight = 1;
    double turn = 0;  // As in the weighted round robin.
    std::unique_ptr<Policy> policy;
    std::vector<Target*> candidates;  // May take a connection, if they can be reached.
    std::vector<Target*> available;   // Those of them not ejected.
    std::vector<Target*> nearest;     // Of these, or else of all candidates, the nearest.
  };

  Target& find_or_add(const watcher::Backend& backend);
  void note_health(TimePoint now);
  std::vector<Target*> begin_drains(TimePoint now);
  void rebuild_candidates(TimePoint now);
  std::vector<Target*> takers();
  void sort_into_pools(std::span<Target* const> takers);
  Pool& pool_of(std::size_t key);
  void rebuild_available(TimePoint now);
  void readmit_due(TimePoint now);
  void readmit(Target& target, TimePoint now);
  std::vector<Target*> ejected() const;
  std::size_t may_be_ejected() const;
  bool is_candidate(const Target& target) const;
  double weight_of(const Target& target, TimePoint now);
  Pool* choose_pool(std::uint64_t client);
  Target* pick_untried(const Attempts& attempts);
  bool has_room(const Target& target) const {
    return options_.limit == 0 || target.sessions.size() < options_.limit;
  }

  Options options_;
  Targets targets_;  // By endpoint, then task.
  std::vector<Pool> pools_;
  std::vector<Target*> untried_;           // Memory for pick_untried().
  TimePoint stale_at_ = TimePoint::max();  // When an ejection ends, or slow weights grow.
  std::optional<TimePoint> lived_at_;      // The last sign of life, see lived_lately().
  bool in_panic_ = false;
  bool is_new_ = true;  // Before the first update.
  std::uint32_t last_id_ = 0;
};

}  // namespace vipd
