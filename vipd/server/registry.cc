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
  if (entry.reported.empty() || sum(entry).not_listening > 0) return;
  entry.reported.clear();
  log::info("{} listening after all", place(vip));
}

void Registry::describe(common::MetricsPage& page) const {
  const MutexLock lock(mutex_);
  std::size_t failing = 0;
  for (const auto& [id, entry] : entries_) {
    const Totals totals = sum(entry);
    totals.describe(id.to_string(), page);
    if (totals.not_listening > 0) ++failing;
  }
  page.gauge("signpost_vipd_vips", "TCP VIPs served.", static_cast<double>(entries_.size()));
  page.gauge("signpost_vipd_listen_failures",
             "VIPs whose address and port cannot be listened on now; the log says why.",
             static_cast<double>(failing));
}

Registry::Totals Registry::sum(const Entry& entry) {
  Totals totals = entry.departed;
  for (const auto& counters : entry.workers) totals.add(*counters);
  return totals;
}

void Registry::Totals::add(const VipCounters& counters) {
  accepted += counters.accepted.value();
  open += counters.open.value();
  not_listening += counters.not_listening.value();
  bytes_upstream += counters.bytes_upstream.value();
  bytes_downstream += counters.bytes_downstream.value();
  for (std::size_t i = 0; i < connect_failures.size(); ++i) {
    connect_failures[i] += counters.connect_failures[i].value();
  }
}

void Registry::Totals::describe(const std::string& vip, common::MetricsPage& page) const {
  page.counter("signpost_vipd_connections_total",
               "Connections accepted from clients.",
               static_cast<double>(accepted),
               {{"vip", vip}});
  page.gauge(
      "signpost_vipd_connections", "Sessions open now.", static_cast<double>(open), {{"vip", vip}});
  constexpr auto kBytesHelp = "Bytes passed on, towards backends (upstream) and clients.";
  page.counter("signpost_vipd_bytes_total",
               kBytesHelp,
               static_cast<double>(bytes_upstream),
               {{"vip", vip}, {"direction", "upstream"}});
  page.counter("signpost_vipd_bytes_total",
               kBytesHelp,
               static_cast<double>(bytes_downstream),
               {{"vip", vip}, {"direction", "downstream"}});
  for (std::size_t i = 0; i < connect_failures.size(); ++i) {
    page.counter("signpost_vipd_connect_failures_total",
                 "Tries to connect a backend that failed; the next one is tried at once.",
                 static_cast<double>(connect_failures[i]),
                 {{"vip", vip}, {"cause", std::string(kConnectFailures[i])}});
  }
}

}  // namespace vipd
