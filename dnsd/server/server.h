#pragma once

#include <memory>
#include <vector>

#include "common/ip.h"
#include "common/metrics.h"
#include "common/published.h"
#include "common/result.h"
#include "config/settings.h"
#include "dnsd/zone/zone.h"

namespace dnsd {

/// The DNS workers: threads, sockets and counters. Answers from the newest published zone.
class Server {
 public:
  /// Binds every address of `options.listen` over UDP and TCP for every worker, then starts the
  /// threads. Errors name the address and the option to change. `zone` outlives the server.
  static common::Expected<std::unique_ptr<Server>> start(const config::Dns& options,
                                                         const common::Published<Zone>& zone);
  virtual ~Server() = default;  // Stops and joins the workers.

  /// What was bound, in the order of `listen`; of use with port 0 (UDP and TCP then agree).
  virtual std::vector<common::SocketAddress> addresses() const = 0;
  virtual std::vector<common::SocketAddress> tls_addresses() const = 0;  // Those of `tls_listen`.
  virtual void describe(common::MetricsPage& page) const = 0;            // Any thread.
};

}  // namespace dnsd
