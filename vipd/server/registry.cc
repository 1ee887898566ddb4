#include "vipd/server/registry.h"

#include <algorithm>
#include <atomic>

#include "common/log.h"

namespace vipd {

namespace log = common::log;
using common::MutexLock;

namespace {

std::string place(const watcher::Vip& vip) {
  return "vip=" + vip.id.to_string() +
         " address=" + common::SocketAddress{vip.address, vip.id.port}.to_string();
}

}  // namespace

std::shared_ptr<VipCounters> Registry::join(const watcher::Vip& vip) {
  auto counters = std::make_shared<VipCounters>();
  const MutexLock lock(mutex_);
  Entry& entry = entries_[vip.id];
  if (entry.workers.empty()) log::info("{} opened backends={}", place(vip), vip.backends.size());
  entry.workers.push_back(counters);
  return counters;
}

std::shared_ptr<BackendCounters> Registry::join_backend(const watcher::VipId& id,
                                                        const watcher::SharedString& app,
                                                        const common::SocketAddress& backend) {
  auto counters = std::make_shared<BackendCounters>();
  const MutexLock lock(mutex_);
  Entry& entry = entries_[id];
  entry.pools[app].backends[backend].push_back(counters);
  settle_departed(entry);
  return counters;
}

/// Whoever counted is the only other holder: what only we hold is not counted in any more.
void Registry::settle_departed(Entry& entry) {
  for (auto& [app, pool] : entry.pools) {
    for (auto& [endpoint, workers] : pool.backends) {
      std::erase_if(workers, [&totals = pool.departed](const auto& counters) {
        if (counters.use_count() > 1) return false;
        std::atomic_thread_fence(std::memory_order_acquire);
        totals.add(*counters);
        return true;
      });
    }
    std::erase_if(pool.backends, [](const auto& backend) { return backend.second.empty(); });
  }
  forget_idle_pools(entry);
}

/// While all backends of an app are replaced, its pool has none for a moment.
void Registry::forget_idle_pools(Entry& entry) {
  const auto is_idle = [](const auto& pool) { return pool.second.backends.empty(); };
  auto surplus = std::count_if(entry.pools.begin(), entry.pools.end(), is_idle) - kIdlePools;
  std::erase_if(entry.pools, [&](const auto& pool) { return is_idle(pool) && surplus-- > 0; });
}

void Registry::leave(const watcher::VipId& id, const std::shared_ptr<VipCounters>& counters) {
  const MutexLock lock(mutex_);
  const auto entry = entries_.find(id);
  if (entry == entries_.end()) return;
  std::erase(entry->second.workers, counters);
  entry->second.departed.add(*counters);
  if (!entry->second.workers.empty()) return;
  log::info("vip={} closed", id.to_string());
  entries_.erase(entry);
}

void Registry::listen_failed(const watcher::Vip& vip, const common::Error& why) {
  const MutexLock lock(mutex_);
  std::string& reported = entries_[vip.id].reported;
  if (reported == why.message) return;
  reported = why.message;
  log::error("{}: {}", place(vip), why.message);
}

void Registry::listen_mended(const watcher::Vip& vip) {
  const MutexLock lock(mutex_);
  Entry& entry = entries_[vip.id];
  if (entry.reported.empty() || is_failing(entry)) return;
  entry.reported.clear();
  log::info("{} listening after all", place(vip));
}

std::optional<Registry::Place> Registry::copy_after(const std::optional<watcher::VipId>& id) {
  const MutexLock lock(mutex_);
  const auto next = id ? entries_.upper_bound(*id) : entries_.begin();
  if (next == entries_.end()) return std::nullopt;
  settle_departed(next->second);
  return std::make_optional<Place>(next->first, next->second);
}

template <class Visit>
void Registry::for_each_copy(Visit visit) {
  std::optional<watcher::VipId> last;
  while (const auto place = copy_after(last)) {
    visit(place->first, place->second);
    last = place->first;
  }
}

void Registry::describe(common::MetricsPage& page) {
  std::size_t vips = 0;
  std::size_t failing = 0;
  Room room{listed_backends_, 0};
  for_each_copy([&](const watcher::VipId& id, const Entry& entry) {
    const std::string vip = id.to_string();
    VipTotals totals;
    sum(entry, totals);
    totals.describe(vip, page);
    if (id.protocol == watcher::Protocol::Udp) totals.describe_datagrams(vip, page);
    ++vips;
    if (totals.not_listening > 0) ++failing;
    for (const auto& [app, pool] : entry.pools) describe_pool(vip, app, pool, room, page);
  });
  page.gauge("signpost_vipd_vips", "VIPs served.", static_cast<double>(vips));
  page.gauge("signpost_vipd_listen_failures",
             "VIPs whose address and port cannot be listened on now; the log says why.",
             static_cast<double>(failing));
  page.gauge("signpost_vipd_backends_unlisted",
             "Backends without figures of their own here, as there are more than "
             "vip.backend_metrics; their pool's hold theirs.",
             static_cast<double>(room.unlisted));
}

std::vector<VipTraffic> Registry::traffic() {
  Room room{listed_backends_, 0};
  std::vector<VipTraffic> vips;
  for_each_copy([&](const watcher::VipId& id, const Entry& entry) {
    VipTotals totals;
    sum(entry, totals);
    vips.push_back({id, totals.traffic(), {}});
    for (const auto& [app, pool] : entry.pools) {
      vips.back().pools.push_back(traffic_of(app, pool, room));
    }
  });
  return vips;
}

PoolTraffic Registry::traffic_of(const std::string& app, const Pool& pool, Room& room) {
  BackendTotals all;
  sum(pool, all);
  PoolTraffic traffic{app, all.traffic(), {}};
  for (const auto& [endpoint, workers] : pool.backends) {
    if (room.left == 0) break;
    --room.left;
    BackendTotals totals;
    for (const auto& counters : workers) totals.add(*counters);
    traffic.backends.push_back({endpoint, totals.traffic()});
  }
  return traffic;
}

void Registry::add_pool(const watcher::VipId& id, const std::string& app, BackendTotals& to) {
  const MutexLock lock(mutex_);
  const auto entry = entries_.find(id);
  if (entry == entries_.end()) return;
  const auto pool = entry->second.pools.find(watcher::SharedString(app));
  if (pool != entry->second.pools.end()) sum(pool->second, to);
}

std::uint64_t Registry::open_sessions(const watcher::VipId& id,
                                      const std::string& app,
                                      const common::SocketAddress& backend) {
  const MutexLock lock(mutex_);
  const auto entry = entries_.find(id);
  if (entry == entries_.end()) return 0;
  const auto pool = entry->second.pools.find(watcher::SharedString(app));
  if (pool == entry->second.pools.end()) return 0;
  const auto workers = pool->second.backends.find(backend);
  if (workers == pool->second.backends.end()) return 0;
  std::uint64_t open = 0;
  for (const auto& counters : workers->second) open += counters->open.value();
  return open;
}

void Registry::sum(const Pool& pool, BackendTotals& into) {
  into.add(pool.departed);
  for (const auto& [endpoint, workers] : pool.backends) {
    for (const auto& counters : workers) into.add(*counters);
  }
}

void Registry::describe_pool(const std::string& vip,
                             const std::string& app,
                             const Pool& pool,
                             Room& room,
                             common::MetricsPage& page) {
  for (const auto& [endpoint, workers] : pool.backends) {
    if (room.left == 0) {
      ++room.unlisted;
      continue;
    }
    --room.left;
    BackendTotals totals;
    for (const auto& counters : workers) totals.add(*counters);
    totals.describe(
        "backend", {{"vip", vip}, {"pool", app}, {"backend", endpoint.to_string()}}, page);
  }
  BackendTotals all;
  sum(pool, all);
  all.describe("pool", {{"vip", vip}, {"pool", app}}, page);
}

void Registry::sum(const Entry& entry, VipTotals& into) {
  into.add(entry.departed);
  for (const auto& counters : entry.workers) into.add(*counters);
}

bool Registry::is_failing(const Entry& entry) {
  return std::any_of(entry.workers.begin(), entry.workers.end(), [](const auto& counters) {
    return counters->not_listening.value() > 0;
  });
}

}  // namespace vipd
