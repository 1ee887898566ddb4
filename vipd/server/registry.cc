#include "vipd/server/registry.h"

#include <algorithm>

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

void Registry::describe(common::MetricsPage& page) const {
  const MutexLock lock(mutex_);
  std::size_t failing = 0;
  for (const auto& [id, entry] : entries_) {
    Totals totals;
    sum(entry, totals);
    totals.describe(id.to_string(), page);
    if (id.protocol == watcher::Protocol::Udp) totals.describe_datagrams(id.to_string(), page);
    if (totals.not_listening > 0) ++failing;
  }
  page.gauge("signpost_vipd_vips", "VIPs served.", static_cast<double>(entries_.size()));
  page.gauge("signpost_vipd_listen_failures",
             "VIPs whose address and port cannot be listened on now; the log says why.",
             static_cast<double>(failing));
}

void Registry::sum(const Entry& entry, Totals& into) {
  into.add(entry.departed);
  for (const auto& counters : entry.workers) into.add(*counters);
}

bool Registry::is_failing(const Entry& entry) {
  return std::any_of(entry.workers.begin(), entry.workers.end(), [](const auto& counters) {
    return counters->not_listening.value() > 0;
  });
}

void Registry::Totals::add(const Totals& more) {
  accepted += more.accepted;
  open += more.open;
  not_listening += more.not_listening;
  bytes_upstream += more.bytes_upstream;
  bytes_downstream += more.bytes_downstream;
  datagrams_upstream += more.datagrams_upstream;
  datagrams_downstream += more.datagrams_downstream;
  datagrams_dropped += more.datagrams_dropped;
  ejections += more.ejections;
  drains += more.drains;
  for (std::size_t i = 0; i < connect_failures.size(); ++i) {
    connect_failures[i] += more.connect_failures[i];
  }
  connect_seconds.add(more.connect_seconds);
  first_byte_seconds.add(more.first_byte_seconds);
}

void Registry::Totals::add(const VipCounters& counters) {
  accepted += counters.accepted.value();
  open += counters.open.value();
  not_listening += counters.not_listening.value();
  bytes_upstream += counters.bytes_upstream.value();
  bytes_downstream += counters.bytes_downstream.value();
  datagrams_upstream += counters.datagrams_upstream.value();
  datagrams_downstream += counters.datagrams_downstream.value();
  datagrams_dropped += counters.datagrams_dropped.value();
  ejections += counters.ejections.value();
  drains += counters.drains.value();
  connect_seconds.add(counters.connect_seconds);
  first_byte_seconds.add(counters.first_byte_seconds);
  for (std::size_t i = 0; i < connect_failures.size(); ++i) {
    connect_failures[i] += counters.connect_failures[i].value();
  }
}

void Registry::Totals::describe(const std::string& vip, common::MetricsPage& page) const {
  page.counter("signpost_vipd_connections_total",
               "Connections accepted from clients, and UDP flows begun.",
               static_cast<double>(accepted),
               {{"vip", vip}});
  page.gauge("signpost_vipd_connections",
             "Sessions and UDP flows open now.",
             static_cast<double>(open),
             {{"vip", vip}});
  constexpr auto kBytesHelp = "Bytes passed on, towards backends (upstream) and clients.";
  page.counter("signpost_vipd_bytes_total",
               kBytesHelp,
               static_cast<double>(bytes_upstream),
               {{"vip", vip}, {"direction", "upstream"}});
  page.counter("signpost_vipd_bytes_total",
               kBytesHelp,
               static_cast<double>(bytes_downstream),
               {{"vip", vip}, {"direction", "downstream"}});
  page.counter("signpost_vipd_ejections_total",
               "Backends skipped for a while because a connection to them failed.",
               static_cast<double>(ejections),
               {{"vip", vip}});
  page.counter("signpost_vipd_drains_total",
               "Backends that began to drain while they had sessions.",
               static_cast<double>(drains),
               {{"vip", vip}});
  page.histogram("signpost_vipd_connect_seconds",
                 "Until a backend accepted the connection.",
                 connect_seconds,
                 {{"vip", vip}});
  page.histogram("signpost_vipd_first_byte_seconds",
                 "From the connection to the first byte a backend sent.",
                 first_byte_seconds,
                 {{"vip", vip}});
  for (std::size_t i = 0; i < connect_failures.size(); ++i) {
    page.counter("signpost_vipd_connect_failures_total",
                 "Tries to connect a backend that failed; the next one is tried at once.",
                 static_cast<double>(connect_failures[i]),
                 {{"vip", vip}, {"cause", std::string(kConnectFailures[i])}});
  }
}

void Registry::Totals::describe_datagrams(const std::string& vip, common::MetricsPage& page) const {
  constexpr auto kHelp = "Datagrams passed on, towards backends (upstream) and clients.";
  page.counter("signpost_vipd_datagrams_total",
               kHelp,
               static_cast<double>(datagrams_upstream),
               {{"vip", vip}, {"direction", "upstream"}});
  page.counter("signpost_vipd_datagrams_total",
               kHelp,
               static_cast<double>(datagrams_downstream),
               {{"vip", vip}, {"direction", "downstream"}});
  page.counter("signpost_vipd_datagrams_dropped_total",
               "Datagrams that no backend or no buffer took.",
               static_cast<double>(datagrams_dropped),
               {{"vip", vip}});
}

}  // namespace vipd
