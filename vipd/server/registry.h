#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/metrics.h"
#include "common/mutex.h"
#include "common/result.h"
#include "vipd/server/totals.h"
#include "vipd/table/traffic.h"
#include "watcher/vips/vip.h"

namespace vipd {

/// Where the workers meet: who serves which VIP, with which counters, and what stands in the way
/// of listening, so that each is told once and not once per worker. Any thread; the lock is taken
/// when a VIP comes or goes, never for a connection, and at a scrape for one VIP at a time: sums
/// and texts are made of copies.
class Registry {
 public:
  /// listed_backends  how many backends get figures of their own; the others count for their pool
  explicit Registry(std::size_t listed_backends) : listed_backends_(listed_backends) {}

  /// A worker begins to serve a VIP, and ends; `counters` is what join() returned.
  std::shared_ptr<VipCounters> join(const watcher::Vip& vip);
  void leave(const watcher::VipId& id, const std::shared_ptr<VipCounters>& counters);

  /// A worker could not listen on a VIP it joined, and then could after all; its counters say so
  /// already.
  void listen_failed(const watcher::Vip& vip, const common::Error& why);
  void listen_mended(const watcher::Vip& vip);

  /// A worker begins to use a backend of a VIP it joined; it ends by letting go of the counters.
  std::shared_ptr<BackendCounters> join_backend(const watcher::VipId& id,
                                                const watcher::SharedString& app,
                                                const common::SocketAddress& backend);

  void describe(common::MetricsPage& page);
  std::vector<VipTraffic> traffic();
  /// Adds what was counted for the backends of one app; nothing if it is unknown or forgotten.
  void add_pool(const watcher::VipId& id, const std::string& app, BackendTotals& to);
  /// What is open to one backend of it.
  std::uint64_t open_sessions(const watcher::VipId& id,
                              const std::string& app,
                              const common::SocketAddress& backend);

 private:
  using Workers = std::vector<std::shared_ptr<BackendCounters>>;

  /// Pools without backends that a VIP remembers.
  static constexpr std::ptrdiff_t kIdlePools = 16;

  /// The backends of one app behind one VIP.
  struct Pool {
    std::map<common::SocketAddress, Workers> backends;
    BackendTotals departed;  // Of backends that left.
  };
  struct Entry {
    std::vector<std::shared_ptr<VipCounters>> workers;
    VipTotals departed;    // Of workers that left, so that no sum ever falls.
    std::string reported;  // Why it cannot be listened on, as told last.
    std::map<watcher::SharedString, Pool> pools;
  };
  /// For how many backends a page still has room.
  struct Room {
    std::size_t left = 0;
    std::size_t unlisted = 0;
  };

  using Place = std::pair<watcher::VipId, Entry>;

  /// A copy of the entry behind that one, or of the first. Nothing behind the last.
  std::optional<Place> copy_after(const std::optional<watcher::VipId>& id);
  template <class Visit>
  void for_each_copy(Visit visit);

  static void settle_departed(Entry& entry);
  static void forget_idle_pools(Entry& entry);
  static void sum(const Pool& pool, BackendTotals& into);
  static void describe_pool(const std::string& vip,
                            const std::string& app,
                            const Pool& pool,
                            Room& room,
                            common::MetricsPage& page);
  static PoolTraffic traffic_of(const std::string& app, const Pool& pool, Room& room);
  static void sum(const Entry& entry, VipTotals& into);
  static bool is_failing(const Entry& entry);

  const std::size_t listed_backends_;
  common::Mutex mutex_;
  std::map<watcher::VipId, Entry> entries_ GUARDED_BY(mutex_);
};

}  // namespace vipd
