#pragma once

#include <cstdint>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "common/event.h"
#include "common/published.h"
#include "common/tls_context.h"
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
  /// What one worker listens to.
  struct Sockets {
    std::vector<SocketPair> clear;
    std::vector<common::UniqueFd> tls;
    std::vector<common::UniqueFd> idle;  // Connections to go on with.
  };

  /// What all workers read; it outlives them.
  struct Shared {
    const config::Dns& options;
    const AnswerPolicy& policy;
    TransferServer& transfers;
    const common::Published<Zone>& zone;
    const common::Published<Cookies>& cookies;
    const common::Published<common::TlsContext>* certificates;  // Null without sockets for TLS.
  };

  /// Starts the thread.
  Worker(std::unique_ptr<common::EventLoop> loop, Sockets sockets, const Shared& shared);
  ~Worker();  // Stops and joins.

  /// Listens no more and gives away the connections that wait for their next query; queries and
  /// connections under way go on here. Call once.
  std::vector<common::UniqueFd> hand_over();
  const Sockets& sockets() const { return sockets_; }

  const Counters& counters() const { return counters_; }                         // Any thread.
  const ForwardCounters& forward_counters() const { return forward_counters_; }  // Any thread.
  /// Datagrams the kernel threw away because its queues were full. Any thread.
  std::uint64_t kernel_drops() const;

 private:
  void run();

  const std::unique_ptr<common::EventLoop> loop_;
  Sockets sockets_;
  const Shared shared_;
  Counters counters_;
  ForwardCounters forward_counters_;
  std::promise<std::vector<common::UniqueFd>> handed_over_;
  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace dnsd
