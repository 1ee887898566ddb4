#include "dnsd/server/counters.h"

#include <string>
#include <string_view>

namespace dnsd {
namespace {

using Workers = std::span<const Counters* const>;

constexpr std::array<std::string_view, kTransports> kTransportNames{"udp", "tcp", "tls"};
constexpr std::array<std::string_view, kRcodes> kRcodeNames{
    "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "BADVERS", "other"};
constexpr std::array<std::string_view, kDrops> kDropNames{
    "ignored", "source_port", "send_buffer", "send_error", "rate_limited"};
constexpr std::array<std::string_view, kCloses> kCloseNames{"peer",
                                                            "error",
                                                            "idle",
                                                            "slow_query",
                                                            "slow_reader",
                                                            "evicted",
                                                            "refused",
                                                            "client_limit",
                                                            "moved",
                                                            "memory"};

/// The place of an rcode in Counters::responses.
std::size_t index_of(Rcode rcode) {
  if (rcode <= Rcode::Refused) return static_cast<std::size_t>(rcode);
  return rcode == Rcode::BadVers ? kRcodes - 2 : kRcodes - 1;
}

double sum(Workers workers, common::Counter Counters::*member) {
  double total = 0;
  for (const Counters* worker : workers) total += static_cast<double>((worker->*member).value());
  return total;
}

struct Family {
  std::string_view name;
  std::string_view help;
  std::string_view label;
};

/// One counter metric per element of an array of counters.
template <std::size_t Size>
void write_family(Workers workers,
                  const std::array<common::Counter, Size> Counters::*member,
                  const std::array<std::string_view, Size>& values,
                  const Family& family,
                  common::MetricsPage& page) {
  for (std::size_t i = 0; i < Size; ++i) {
    double total = 0;
    for (const Counters* worker : workers) {
      total += static_cast<double>((worker->*member)[i].value());
    }
    page.counter(
        family.name, family.help, total, {{std::string(family.label), std::string(values[i])}});
  }
}

}  // namespace

void Counters::responded(const Response& response) {
  responses[index_of(response.rcode)].add();
  if (response.truncated) truncated.add();
}

void describe(Workers workers, std::uint64_t kernel_drops, common::MetricsPage& page) {
  write_family(workers,
               &Counters::queries,
               kTransportNames,
               {"signpost_dnsd_queries_total", "DNS messages received.", "transport"},
               page);
  write_family(workers,
               &Counters::responses,
               kRcodeNames,
               {"signpost_dnsd_responses_total", "DNS answers made.", "rcode"},
               page);
  page.counter("signpost_dnsd_truncated_total",
               "DNS answers that did not fit and carry the TC bit.",
               sum(workers, &Counters::truncated));
  const Family dropped{"signpost_dnsd_dropped_total", "DNS messages left unanswered.", "reason"};
  write_family(workers, &Counters::dropped, kDropNames, dropped, page);
  page.counter(dropped.name,
               dropped.help,
               static_cast<double>(kernel_drops),
               {{std::string(dropped.label), "receive_buffer"}});
  page.gauge("signpost_dnsd_tcp_connections",
             "Open DNS connections over TCP.",
             sum(workers, &Counters::tcp_connections));
  page.counter("signpost_dnsd_tcp_accept_failures_total",
               "Times no DNS connection could be accepted for want of descriptors or memory.",
               sum(workers, &Counters::tcp_accept_failures));
  write_family(workers,
               &Counters::tcp_closed,
               kCloseNames,
               {"signpost_dnsd_tcp_closed_total", "DNS connections over TCP that ended.", "reason"},
               page);
}

}  // namespace dnsd
