#pragma once

#include <memory>
#include <vector>

#include "common/metrics.h"
#include "common/published.h"
#include "config/settings.h"
#include "dnsd/zone/zone_builder.h"
#include "watcher/catalog/catalog.h"
#include "watcher/source.h"

namespace signpost {

using SourceStatuses = std::vector<watcher::SourceStatus>;

/// The control thread: sources and prober feed the catalog, each change becomes the next snapshot
/// and the next zone. The one writer of everything that workers read.
class Control {
 public:
  Control(const config::Settings& settings, watcher::VipRules vips, dnsd::ZoneOptions zones);
  ~Control();  // Stops the thread.

  bool synced() const;  // Every source has delivered a full state. Any thread.

  /// What is published. Readers may be built from construction on; subscribe before start().
  common::Published<watcher::Snapshot>& catalog();
  common::Published<dnsd::Zone>& zones();
  const common::Published<SourceStatuses>& sources() const;

  void start();
  void stop();  // Nothing is published after it returns.

  void describe(common::MetricsPage& page) const;  // Any thread.

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace signpost
