#pragma once

#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "common/event.h"
#include "common/published.h"
#include "config/settings.h"
#include "dnsd/server/answerer.h"
#include "dnsd/server/counters.h"
#include "dnsd/server/sockets.h"
#include "dnsd/zone/zone.h"

namespace dnsd {

/// One thread with its loop, its sockets (a pair per listen address) and its counts. Shares
/// nothing with the other workers but the published zone.
class Worker {
 public:
  /// Starts the thread. `policy`, `transfers` and `zone` outlive the worker.
  Worker(std::unique_ptr<common::EventLoop> loop,
         std::vector<SocketPair> sockets,
         const config::Dns& options,
         const AnswerPolicy& policy,
         TransferServer& transfers,
         const common::Published<Zone>& zone);
  ~Worker();  // Stops and joins.

  const Counters& counters() const { return counters_; }                         // Any thread.
  const ForwardCounters& forward_counters() const { return forward_counters_; }  // Any thread.
  /// Datagrams the kernel threw away because its queues were full. Any thread.
  std::uint64_t kernel_drops() const;

 private:
  void run();

  const std::unique_ptr<common::EventLoop> loop_;
  const std::vector<SocketPair> sockets_;
  const config::Dns options_;
  const AnswerPolicy& policy_;
  TransferServer& transfers_;
  const common::Published<Zone>& zone_;
  Counters counters_;
  ForwardCounters forward_counters_;
  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace dnsd
