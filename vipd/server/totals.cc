#include "vipd/server/totals.h"

#include <fmt/core.h>

#include <numeric>
#include <string>
#include <utility>

namespace vipd {

namespace {

using Labels = common::MetricsPage::Labels;

std::uint64_t value_of(std::uint64_t number) { return number; }
std::uint64_t value_of(const common::Counter& counter) { return counter.value(); }

template <class Numbers, class More>
void add_each(Numbers& numbers, const More& more) {
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] += value_of(more[i]);
}

/// `more`: what one worker counted, or a sum already.
template <class More>
void sum_up(BackendTotals& to, const More& more) {
  to.sessions += value_of(more.sessions);
  to.open += value_of(more.open);
  to.bytes_upstream += value_of(more.bytes_upstream);
  to.bytes_downstream += value_of(more.bytes_downstream);
  to.ejections += value_of(more.ejections);
  to.early_resets += value_of(more.early_resets);
  to.retries += value_of(more.retries);
  to.hedges += value_of(more.hedges);
  to.hedges_won += value_of(more.hedges_won);
  to.drains += value_of(more.drains);
  add_each(to.connect_failures, more.connect_failures);
  add_each(to.ended, more.ended);
  to.connect_seconds.add(more.connect_seconds);
  to.first_byte_seconds.add(more.first_byte_seconds);
}

template <class More>
void sum_up(VipTotals& to, const More& more) {
  to.accepted += value_of(more.accepted);
  to.open += value_of(more.open);
  to.not_listening += value_of(more.not_listening);
  to.bytes_upstream += value_of(more.bytes_upstream);
  to.bytes_downstream += value_of(more.bytes_downstream);
  to.datagrams_upstream += value_of(more.datagrams_upstream);
  to.datagrams_downstream += value_of(more.datagrams_downstream);
  to.datagrams_dropped += value_of(more.datagrams_dropped);
  to.ejections += value_of(more.ejections);
  to.drains += value_of(more.drains);
  to.retries += value_of(more.retries);
  to.hedges += value_of(more.hedges);
  to.hedges_won += value_of(more.hedges_won);
  to.queued += value_of(more.queued);
  to.queue_seconds.add(more.queue_seconds);
  add_each(to.connect_failures, more.connect_failures);
  add_each(to.ended, more.ended);
  to.connect_seconds.add(more.connect_seconds);
  to.first_byte_seconds.add(more.first_byte_seconds);
}

template <class Totals>
Traffic traffic_of(std::uint64_t begun, const Totals& totals) {
  const auto& failures = totals.connect_failures;
  return {.connections = begun,
          .open = totals.open,
          .bytes_upstream = totals.bytes_upstream,
          .bytes_downstream = totals.bytes_downstream,
          .failures = std::accumulate(failures.begin(), failures.end(), std::uint64_t{0})};
}

Labels with(Labels labels, std::string name, std::string_view value) {
  labels.emplace_back(std::move(name), value);
  return labels;
}

/// Only what has happened: most causes never do, and there are many VIPs and backends.
void describe_ends(std::string_view name,
                   const std::array<std::uint64_t, kEndCauses.size()>& ended,
                   const Labels& labels,
                   common::MetricsPage& page) {
  for (std::size_t i = 0; i < ended.size(); ++i) {
    if (ended[i] == 0) continue;
    page.counter(name,
                 "Sessions and UDP flows that ended, by cause; those that occurred.",
                 static_cast<double>(ended[i]),
                 with(labels, "cause", kEndCauses[i]));
  }
}

}  // namespace

void BackendTotals::add(const BackendTotals& more) { sum_up(*this, more); }
void BackendTotals::add(const BackendCounters& counters) { sum_up(*this, counters); }

Traffic BackendTotals::traffic() const { return traffic_of(sessions, *this); }

void BackendTotals::describe(std::string_view what,
                             const Labels& labels,
                             common::MetricsPage& page) const {
  const auto name = [what](std::string_view rest) {
    return fmt::format("signpost_vipd_{}_{}", what, rest);
  };
  const auto counter =
      [&](std::string_view rest, const char* help, std::uint64_t value, Labels all) {
        page.counter(name(rest), help, static_cast<double>(value), std::move(all));
      };
  counter("sessions_total", "Sessions and UDP flows begun there.", sessions, labels);
  page.gauge(name("sessions"),
             "Sessions and UDP flows open there now.",
             static_cast<double>(open),
             labels);
  constexpr auto kBytes = "Bytes passed on, towards backends (upstream) and clients.";
  counter("bytes_total", kBytes, bytes_upstream, with(labels, "direction", "upstream"));
  counter("bytes_total", kBytes, bytes_downstream, with(labels, "direction", "downstream"));
  counter(
      "ejections_total", "Times it was skipped for a while after a failure.", ejections, labels);
  counter(
      "early_resets_total", "Sessions it reset before it had sent a byte.", early_resets, labels);
  counter(
      "retries_total", "Tries to connect there that were not a client's first.", retries, labels);
  counter("hedges_total", "Times it was asked as another one was slow to accept.", hedges, labels);
  counter("hedges_won_total", "Of these, the ones it accepted first.", hedges_won, labels);
  counter("drains_total", "Times a backend began to drain with sessions.", drains, labels);
  for (std::size_t i = 0; i < connect_failures.size(); ++i) {
    counter("connect_failures_total",
            "Tries to connect that failed.",
            connect_failures[i],
            with(labels, "cause", kConnectFailures[i]));
  }
  describe_ends(name("sessions_ended_total"), ended, labels, page);
  page.histogram(
      name("connect_seconds"), "Until the connection was accepted.", connect_seconds, labels);
  page.histogram(name("first_byte_seconds"),
                 "From the connection to the first byte that came back.",
                 first_byte_seconds,
                 labels);
}

void VipTotals::add(const VipTotals& more) { sum_up(*this, more); }
void VipTotals::add(const VipCounters& counters) { sum_up(*this, counters); }

Traffic VipTotals::traffic() const { return traffic_of(accepted, *this); }

void VipTotals::describe(const std::string& vip, common::MetricsPage& page) const {
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
  page.counter("signpost_vipd_vip_retries_total",
               "Connection attempts beyond the first one of a client.",
               static_cast<double>(retries),
               {{"vip", vip}});
  page.counter("signpost_vipd_vip_hedges_total",
               "Second connections begun while a first one was slow to be accepted.",
               static_cast<double>(hedges),
               {{"vip", vip}});
  page.counter("signpost_vipd_vip_hedges_won_total",
               "Of these, the ones that were accepted first.",
               static_cast<double>(hedges_won),
               {{"vip", vip}});
  page.histogram("signpost_vipd_queue_seconds",
                 "How long clients waited for room who then got it.",
                 queue_seconds,
                 {{"vip", vip}});
  page.gauge("signpost_vipd_queued",
             "Clients that wait until a backend has room.",
             static_cast<double>(queued),
             {{"vip", vip}});
  describe_ends("signpost_vipd_vip_sessions_ended_total", ended, {{"vip", vip}}, page);
  for (std::size_t i = 0; i < connect_failures.size(); ++i) {
    page.counter("signpost_vipd_connect_failures_total",
                 "Tries to connect a backend that failed; the next one is tried at once.",
                 static_cast<double>(connect_failures[i]),
                 {{"vip", vip}, {"cause", std::string(kConnectFailures[i])}});
  }
}

void VipTotals::describe_datagrams(const std::string& vip, common::MetricsPage& page) const {
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
