#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/metrics.h"
#include "common/published.h"
#include "config/settings.h"
#include "dnsd/zone/zone_builder.h"
#include "rollout/conductor.h"
#include "signpost/handover/bundle.h"
#include "watcher/catalog/catalog.h"
#include "watcher/probe/failures.h"
#include "watcher/source.h"

namespace signpost {

using SourceStatuses = std::vector<watcher::SourceStatus>;

/// The control thread: sources and prober feed the catalog, each change becomes the next snapshot
/// and the next zone. The one writer of everything that workers read.
class Control {
 public:
  /// `before`: what the run before this one knew; null: what state.path says of it. That is
  /// published from construction on.
  Control(const config::Settings& settings,
          watcher::VipRules vips,
          const dnsd::ZoneOptions& zones,
          const handover::Knowledge* before = nullptr);
  ~Control();  // Stops the thread.

  bool synced() const;  // Every source has delivered a full state. Any thread.

  /// What is published. Readers may be built from construction on; subscribe before start().
  common::Published<watcher::Snapshot>& catalog();
  common::Published<dnsd::Zone>& zones();
  const common::Published<SourceStatuses>& sources() const;
  const common::Published<watcher::CheckFailures>& check_failures() const;

  /// Runs `what` on the control thread, then `done` there with what it returned. Any thread, while
  /// it is started.
  using Done = std::function<void(common::Expected<void>)>;
  void run(std::function<common::Expected<void>(rollout::Conductor&)> what, Done done);
  const common::Published<rollout::Rollouts>& rollouts() const;
  /// What proxies tell of the pools of VIPs and of their backends; before start().
  struct Proxies {
    std::function<rollout::Figures(const watcher::VipId&, const std::string& pool)> figures;
    std::function<std::uint64_t(
        const watcher::VipId&, const std::string& pool, const common::SocketAddress& backend)>
        sessions;
  };
  void listen_to(Proxies proxies);

  void start();  // Also after stop(): it goes on where it was.
  void stop();   // Nothing is published after it returns, and the state is on disk.

  handover::Knowledge knowledge() const;  // Any thread.

  void describe(common::MetricsPage& page) const;  // Any thread.

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace signpost
