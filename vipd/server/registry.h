#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/metrics.h"
#include "common/mutex.h"
#include "common/result.h"
#include "vipd/server/counters.h"
#include "watcher/vips/vip.h"

namespace vipd {

/// Where the workers meet: who serves which VIP, with which counters, and what stands in the way
/// of listening, so that each is told once and not once per worker. Any thread; the lock is taken
/// when a VIP comes or goes and at a scrape, never for a connection.
class Registry {
 public:
  /// A worker begins to serve a VIP, and ends; `counters` is what join() returned.
  std::shared_ptr<VipCounters> join(const watcher::Vip& vip);
  void leave(const watcher::VipId& id, const std::shared_ptr<VipCounters>& counters);

  /// A worker could not listen on a VIP it joined, and then could after all; its counters say so
  /// already.
  void listen_failed(const watcher::Vip& vip, const common::Error& why);
  void listen_mended(const watcher::Vip& vip);

  void describe(common::MetricsPage& page) const;

 private:
  struct Totals {
    std::uint64_t accepted = 0;
    std::uint64_t open = 0;
    std::uint64_t not_listening = 0;
    std::uint64_t bytes_upstream = 0;
    std::uint64_t bytes_downstream = 0;
    std::uint64_t datagrams_upstream = 0;
    std::uint64_t datagrams_downstream = 0;
    std::uint64_t datagrams_dropped = 0;
    std::uint64_t ejections = 0;
    std::uint64_t drains = 0;
    std::array<std::uint64_t, kConnectFailures.size()> connect_failures{};
    common::LatencyHistogram connect_seconds;
    common::LatencyHistogram first_byte_seconds;

    void add(const VipCounters& counters);
    void add(const Totals& more);
    void describe(const std::string& vip, common::MetricsPage& page) const;
    void describe_datagrams(const std::string& vip, common::MetricsPage& page) const;
  };
  struct Entry {
    std::vector<std::shared_ptr<VipCounters>> workers;
    Totals departed;       // Of workers that left, so that no sum ever falls.
    std::string reported;  // Why it cannot be listened on, as told last.
  };

  static void sum(const Entry& entry, Totals& into);
  static bool is_failing(const Entry& entry);

  mutable common::Mutex mutex_;
  std::map<watcher::VipId, Entry> entries_ GUARDED_BY(mutex_);
};

}  // namespace vipd
