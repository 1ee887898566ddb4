#include "dnsd/forward/counters.h"

#include <string>
#include <string_view>

namespace dnsd {
namespace {

using Workers = std::span<const ForwardCounters* const>;

constexpr std::array<std::string_view, kForwarded> kForwardedNames{
    "hit", "upstream", "stale", "failed", "too_many", "loop", "prohibited"};

/// The sum of what `of` gives for each worker.
template <class Of>
double sum(Workers workers, Of of) {
  double total = 0;
  for (const ForwardCounters* worker : workers) total += static_cast<double>(of(*worker).value());
  return total;
}

void describe_upstream(Workers workers,
                       std::size_t number,
                       const std::string& address,
                       common::MetricsPage& page) {
  using Counters = ForwardCounters;
  page.counter(
      "signpost_dnsd_upstream_queries_total",
      "Queries sent to an upstream.",
      sum(
          workers, [&](const Counters& c) -> auto& { return c.upstreams[number].queries; }),
      {{"upstream", address}});
  page.counter(
      "signpost_dnsd_upstream_failures_total",
      "Queries that an upstream answered late, badly or not at all.",
      sum(
          workers, [&](const Counters& c) -> auto& { return c.upstreams[number].failures; }),
      {{"upstream", address}});
  page.gauge("signpost_dnsd_upstream_down",
             "Workers that leave an upstream alone for now.",
             sum(
                 workers, [&](const Counters& c) -> auto& { return c.upstreams[number].down; }),
             {{"upstream", address}});
}

}  // namespace

void describe(Workers workers,
              std::span<const common::SocketAddress> upstreams,
              common::MetricsPage& page) {
  using Counters = ForwardCounters;
  for (std::size_t i = 0; i < kForwarded; ++i) {
    page.counter("signpost_dnsd_forward_answers_total",
                 "Questions for names outside our zones, by how they were answered.",
                 sum(
                     workers, [&](const Counters& c) -> auto& { return c.answers[i]; }),
                 {{"result", std::string(kForwardedNames[i])}});
  }
  page.counter("signpost_dnsd_forward_coalesced_total",
               "Questions that waited for the answer to an equal one.",
               sum(
                   workers, [](const Counters& c) -> auto& { return c.coalesced; }));
  page.counter("signpost_dnsd_forward_prefetches_total",
               "Questions asked because the answer in the cache was about to expire.",
               sum(
                   workers, [](const Counters& c) -> auto& { return c.prefetches; }));
  page.counter("signpost_dnsd_forward_races_total",
               "Times another upstream was asked because one was late.",
               sum(
                   workers, [](const Counters& c) -> auto& { return c.races; }));
  page.counter("signpost_dnsd_forward_wrong_case_total",
               "Replies of upstreams whose question had another case than ours.",
               sum(
                   workers, [](const Counters& c) -> auto& { return c.wrong_case; }));
  page.gauge("signpost_dnsd_forward_queries",
             "Questions that upstreams are being asked.",
             sum(
                 workers, [](const Counters& c) -> auto& { return c.under_way; }));
  page.gauge("signpost_dnsd_cache_entries",
             "Answers of upstreams that are kept.",
             sum(
                 workers, [](const Counters& c) -> auto& { return c.cache_entries; }));
  page.gauge("signpost_dnsd_cache_bytes",
             "Memory of the answers of upstreams that are kept.",
             sum(
                 workers, [](const Counters& c) -> auto& { return c.cache_octets; }));
  for (std::size_t i = 0; i < upstreams.size(); ++i) {
    describe_upstream(workers, i, upstreams[i].to_string(), page);
  }
}

}  // namespace dnsd
