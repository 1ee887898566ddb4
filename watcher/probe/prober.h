#pragma once

#include <memory>

#include "common/published.h"
#include "config/settings.h"
#include "watcher/catalog/change.h"
#include "watcher/probe/failures.h"
#include "watcher/source.h"

namespace boost::asio {
class io_context;
}
namespace common {
class MetricsPage;
}

namespace watcher {

/// Checks every endpoint behind a VIP, again and again, and reports what it finds as Probed
/// updates. One endpoint is checked once, however many VIPs it stands behind.
/// Lives on the control thread; the sink is never called from within apply().
class Prober {
 public:
  Prober(boost::asio::io_context& io, const config::Probe& options, BatchSink sink);
  ~Prober();  // Cancels every check; no sink call after it.

  /// Follows the catalog: starts, moves and ends checks. Cost follows the change.
  void apply(const Change& change);

  void describe(common::MetricsPage& page) const;  // Any thread.
  /// Why endpoints do not pass, as it is now.
  const common::Published<CheckFailures>& failures() const;

 private:
  class Impl;
  std::shared_ptr<Impl>
      impl_;  // Shared with nobody: what is under way only looks whether it lives.
};

}  // namespace watcher
