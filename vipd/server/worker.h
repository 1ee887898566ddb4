#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <thread>

#include "common/published.h"
#include "common/result.h"
#include "common/unique_fd.h"
#include "config/settings.h"
#include "vipd/server/acceptor.h"
#include "vipd/server/counters.h"
#include "vipd/server/listener.h"
#include "vipd/server/poller.h"
#include "vipd/server/readmission.h"
#include "vipd/server/registry.h"
#include "vipd/server/services.h"
#include "vipd/server/sessions.h"
#include "vipd/udp/flows.h"
#include "watcher/catalog/catalog.h"

namespace vipd {

/// One thread with its epoll instance, its listeners, its sessions and its counters. Shares nothing
/// with the other workers but the published snapshots, the registry and the addresses.
class Worker {
 public:
  /// `number` tells workers apart. Errors: Unavailable when descriptors have run out.
  static common::Expected<std::unique_ptr<Worker>> create(std::size_t number,
                                                          const config::Vip& options,
                                                          Registry& registry,
                                                          SharedAddresses& addresses);
  ~Worker();  // Stops and joins the thread; open sessions are reset.

  /// Starts the thread. The future is ready once the current snapshot is served, and what another
  /// worker had goes on.
  std::future<void> start(const common::Published<watcher::Snapshot>& catalog, MovedWorker moved);
  /// Stops the thread and gives away what it served.
  MovedWorker hand_over();
  /// Takes no more clients over TCP. Any thread.
  void drain();
  std::size_t open_sessions() const { return open_sessions_.load(std::memory_order_relaxed); }

  /// Wakes the worker to look for a new snapshot. May be called after its end.
  std::function<void()> waker() const;
  const WorkerCounters& counters() const { return counters_; }

 private:
  Worker(std::size_t number,
         const config::Vip& options,
         Registry& registry,
         SharedAddresses& addresses,
         Poller poller,
         common::UniqueFd wakeup);

  void run(const common::Published<watcher::Snapshot>& catalog,
           MovedWorker moved,
           std::promise<void> ready);
  void run_ends();
  void stop();
  void dispatch(const epoll_event& event);
  void run_timers();
  std::optional<TimePoint> next_deadline() const;

  TimePoint now_;
  Poller poller_;
  std::shared_ptr<const common::UniqueFd> wakeup_;  // An eventfd.
  WorkerCounters counters_;
  ServerNames names_;
  AccessLog access_log_;
  Readmission readmission_;
  Sessions sessions_;
  Flows flows_;
  Services services_;
  Acceptor acceptor_;
  std::size_t number_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> draining_{false};
  enum class Doors { Open, Closing, Closed } doors_ = Doors::Open;
  TimePoint doors_close_at_;                   // While they are closing.
  bool keeps_sessions_ = false;                // They end with the thread otherwise.
  std::atomic<std::size_t> open_sessions_{0};  // Over TCP; counted once it drains.
  std::thread thread_;
};

}  // namespace vipd
