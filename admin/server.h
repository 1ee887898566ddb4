#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "admin/explain.h"
#include "admin/mesos_dns.h"
#include "admin/operations.h"
#include "common/metrics.h"
#include "common/published.h"
#include "common/result.h"
#include "common/unique_fd.h"
#include "config/settings.h"
#include "vipd/table/traffic.h"
#include "watcher/catalog/catalog.h"
#include "watcher/source.h"

namespace admin {

/// What the admin pages show; everything in it outlives the server and may be read on any thread.
struct View {
  const common::Published<watcher::Snapshot>& catalog;
  const common::Published<std::vector<watcher::SourceStatus>>& sources;
  std::vector<std::function<void(common::MetricsPage&)>> metrics;
  std::optional<MesosDnsView> mesos_dns = std::nullopt;         // Where there is a dnsd.
  std::optional<Operations> operations = std::nullopt;          // Unless it changes nothing.
  std::function<std::vector<vipd::VipTraffic>()> traffic = {};  // The same.
  std::optional<ExplainView> explain = std::nullopt;
};

/// The sockets that one server listened with, for the next, in this process or another.
struct MovedListener {
  common::SocketAddress configured;  // Perhaps with port 0.
  common::UniqueFd socket;
};
struct Moving {
  std::vector<MovedListener> listeners;
};

/// The HTTP side for people and machines, on a thread of its own: the status page, /metrics,
/// /healthz, /readyz, /v1/services and those who follow it, the API of Mesos-DNS. Reads snapshots
/// only, so a heavy page never delays an update or an answer.
class Server {
 public:
  /// Errors name the address and the option to change.
  static common::Expected<std::unique_ptr<Server>> start(const config::Admin& options, View view);
  /// The same in two steps: prepare() does all that can fail, run() starts the thread. Listens with
  /// the sockets of `from` where it is to listen at their addresses, and leaves `from` as it is.
  static common::Expected<std::unique_ptr<Server>> prepare(const config::Admin& options,
                                                           View view,
                                                           const Moving& from);
  virtual void run() = 0;
  virtual ~Server() = default;  // Closes connections and joins the thread.

  /// Listens no more and gives its sockets away. Requests that are here are answered while this
  /// lives.
  virtual Moving hand_over() = 0;
  /// Whether a client has not taken all of its answer yet. Any thread.
  virtual bool owes() const = 0;

  virtual std::uint16_t port() const = 0;  // Of use with port 0.

  /// To be called whenever the catalog is published, on any thread, while this lives.
  virtual std::function<void()> waker() = 0;
};

}  // namespace admin
