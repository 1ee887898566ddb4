#pragma once

#include <memory>
#include <vector>

#include "common/ip.h"
#include "common/metrics.h"
#include "common/published.h"
#include "common/result.h"
#include "config/settings.h"
#include "dnsd/server/moving.h"
#include "dnsd/zone/zone.h"

namespace dnsd {

/// The DNS workers: threads, sockets and counters. Answers from the newest published zone.
class Server {
 public:
  /// Binds every address of `options.listen` over UDP and TCP for every worker, then starts the
  /// threads. Errors name the address and the option to change. `zone` outlives the server.
  static common::Expected<std::unique_ptr<Server>> start(const config::Dns& options,
                                                         const common::Published<Zone>& zone);
  /// The same in two steps: prepare() does all that can fail, run() starts the threads. Listens
  /// with the sockets of `from` where it is to listen at their addresses, and has at least as many
  /// workers: each of those sockets has clients waiting. Leaves `from` as it is.
  static common::Expected<std::unique_ptr<Server>> prepare(const config::Dns& options,
                                                           const common::Published<Zone>& zone,
                                                           const Moving& from);
  virtual void run(Moving from) = 0;
  virtual ~Server() = default;  // Stops and joins the workers.

  /// Listens no more and gives away what can go on elsewhere. What is under way is finished here,
  /// while this lives. Call once.
  virtual Moving hand_over() = 0;
  /// Connections over TCP that are open. Any thread.
  virtual std::uint64_t open_connections() const = 0;

  /// What was bound, in the order of `listen`; of use with port 0 (UDP and TCP then agree).
  virtual std::vector<common::SocketAddress> addresses() const = 0;
  virtual std::vector<common::SocketAddress> tls_addresses() const = 0;  // Those of `tls_listen`.
  virtual void describe(common::MetricsPage& page) const = 0;            // Any thread.
};

}  // namespace dnsd
