#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/metrics.h"
#include "common/published.h"
#include "common/result.h"
#include "rollout/journal.h"
#include "rollout/rollout.h"
#include "watcher/catalog/catalog.h"

namespace rollout {

using Rollouts = std::vector<Rollout>;

/// All rollouts of this process: at most one under way a VIP, and the last one that ended. Lives on
/// the control thread; what it publishes may be read on any.
class Conductor {
 public:
  struct World {
    /// What the proxies counted for a pool; the backends are read in the snapshot.
    std::function<Figures(const watcher::VipId& vip, const std::string& pool)> figures;
    std::function<const watcher::Snapshot&()> snapshot;
    std::function<void(std::vector<watcher::Update>)> apply;  // Also keeps a Note for the next run.
    /// Sessions and UDP flows that the proxies have with a backend now.
    std::function<std::uint64_t(
        const watcher::VipId& vip, const std::string& pool, const common::SocketAddress& backend)>
        sessions = {};
    /// Whether apps that this source tells of may be scaled. Errors say why not.
    std::function<common::Expected<void>(const std::string& source)> may_scale = {};
    /// Asks the orchestrator behind a source; `done` runs once, here, be it at once or later.
    std::function<void(const std::string& source, const Order&, std::function<void(Outcome)> done)>
        order = {};
  };
  explicit Conductor(World world);

  /// Takes up what the last run left in its note, each rollout at the beginning of its step. What
  /// cannot be read is reported and forgotten.
  void restore(const std::string& note, TimePoint now);
  static constexpr const char* kNote = "rollouts";

  /// Errors: what complete() refuses; Conflict when one is under way. Nothing is changed then.
  common::Expected<void> start(Plan plan, TimePoint now);
  /// Errors: NotFound when none is under way there.
  common::Expected<void> pause(const watcher::VipId& vip, TimePoint now);
  common::Expected<void> resume(const watcher::VipId& vip, TimePoint now);
  common::Expected<void> abort(const watcher::VipId& vip, TimePoint now);

  /// Gives pools their shares at once; none: labels decide again.
  /// Errors: what check_weights() refuses; Conflict while a rollout is under way.
  common::Expected<void> weigh(const watcher::Weights& weights);
  /// All that is new goes to one pool; what becomes of what the others have, `at_rest` says. Errors
  /// as above.
  common::Expected<void> switch_to(const watcher::VipId& vip,
                                   const std::string& pool,
                                   const config::DrainRule& at_rest = {});

  /// It takes no new clients until told otherwise. Errors: what find_drained() says; Conflict when
  /// there are too many.
  common::Expected<void> drain(const watcher::Drain& asked);
  /// It does again. Errors: NotFound when it is not drained.
  common::Expected<void> undrain(const watcher::Drain& asked);

  void tick(TimePoint now);  // About once a second.

  const common::Published<Rollouts>& published() const { return published_; }
  void describe(common::MetricsPage& page) const;  // Any thread.

 private:
  Rollout* under_way(const watcher::VipId& vip);
  Figures look(const watcher::VipId& vip, const std::string& pool) const;
  std::vector<Instance> instances(const watcher::VipId& vip, const std::string& pool) const;
  common::Expected<void> may_scale(Plan& plan) const;
  bool advance(Rollout& rollout, TimePoint now);
  void send_order(Rollout& rollout);
  const watcher::Vip* find(const watcher::VipId& vip) const;
  common::Expected<void> check_idle(const watcher::VipId& vip);
  static common::Expected<void> none(const watcher::VipId& vip);
  /// Makes a change known: the shares of one rollout, if they are others now, and how all stand.
  void publish(const Rollout* moved);

  World world_;
  Rollouts rollouts_;
  Journal journal_;
  std::uint64_t orders_ = 0;  // Sent so far.
  common::Published<Rollouts> published_;
};

}  // namespace rollout
