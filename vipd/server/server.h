#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/metrics.h"
#include "common/published.h"
#include "common/result.h"
#include "config/settings.h"
#include "vipd/server/moving.h"
#include "vipd/server/totals.h"
#include "vipd/table/traffic.h"
#include "watcher/catalog/catalog.h"

namespace vipd {

/// The proxy workers: threads, listeners, connections and counters. Follows the VIPs of the newest
/// published snapshot.
class Server {
 public:
  /// Starts the threads. A VIP whose address cannot be bound is reported once with the reason and
  /// what to do, counted, and tried again while it exists; it never stops another.
  /// Errors: NotPermitted when vip.transparent is on and not to be had; Unavailable when
  /// descriptors have run out.
  /// The publisher outlives the server and publishes nothing while it is being built or destroyed.
  static common::Expected<std::unique_ptr<Server>> start(
      const config::Vip& options, common::Published<watcher::Snapshot>& catalog);
  /// The same in two steps: prepare() does all that can fail, run() starts the threads, which go on
  /// with what another server had. There are at least as many workers as that one had: each of its
  /// listeners has clients waiting. `others`: where other parts of Signpost listen on this host.
  static common::Expected<std::unique_ptr<Server>> prepare(
      const config::Vip& options,
      common::Published<watcher::Snapshot>& catalog,
      std::size_t least_workers,
      std::span<const common::SocketAddress> others = {});
  virtual void run(common::Published<watcher::Snapshot>& catalog, Moving from) = 0;
  virtual ~Server() = default;  // Closes listeners and connections, joins the workers.

  /// Stops the workers and gives away all they served; only the figures stay.
  virtual Moving hand_over() = 0;
  /// Takes no more clients over TCP; who is there stays.
  virtual void drain() = 0;
  virtual std::size_t open_sessions() const = 0;  // Over TCP, of use after drain(). Any thread.

  virtual void describe(common::MetricsPage& page) const = 0;  // Any thread.
  virtual std::vector<VipTraffic> traffic() const = 0;         // By VIP. Any thread.
  /// The snapshot that every worker serves at least. Any thread.
  virtual std::uint64_t generation() const = 0;
  /// Adds what was counted for the backends of one app behind one VIP. Any thread.
  virtual void add_pool(const watcher::VipId& vip,
                        const std::string& app,
                        BackendTotals& to) const = 0;
  /// Sessions and flows that are open to a backend of that app, over all workers. Any thread.
  virtual std::uint64_t open_sessions(const watcher::VipId& vip,
                                      const std::string& app,
                                      const common::SocketAddress& backend) const = 0;
};

}  // namespace vipd
