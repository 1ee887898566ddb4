#include "signpost/top/reading.h"

#include <algorithm>
#include <boost/json.hpp>
#include <tuple>
#include <utility>

#include "signpost/admin_client.h"

namespace signpost {
namespace {

namespace json = boost::json;

/// The values of metrics in two looks, by what their labels name.
class Rates {
 public:
  Rates(const Look& before, const Look& after)
      : before_(before.metrics),
        after_(after.metrics),
        seconds_(std::chrono::duration<double>(after.at - before.at).count()) {}

  double seconds() const { return seconds_; }

  /// `into` gets the member added up for each sample of a metric.
  template <class Into>
  void add(std::string_view metric, Into into) const {
    std::map<MetricsText::Labels, double> old;
    for (const auto& sample : before_.samples(metric)) old[sample.labels] = sample.value;
    for (const auto& sample : after_.samples(metric)) {
      const auto known = old.find(sample.labels);
      const double start = known == old.end() || known->second > sample.value ? 0 : known->second;
      into(sample, (sample.value - start) / seconds_);
    }
  }
  double rate(std::string_view metric) const {
    double total = 0;
    add(metric, [&total](const auto&, double rate) { total += rate; });
    return total;
  }

 private:
  const MetricsText& before_;
  const MetricsText& after_;
  double seconds_;
};

void add_bytes(const MetricsText::Sample& sample, double rate, Traffic& to) {
  (label(sample, "direction") == "upstream" ? to.upstream : to.downstream) += rate;
}

bool is_busier(const Traffic& a, const Traffic& b) {
  return std::tie(a.sessions, a.open) > std::tie(b.sessions, b.open);
}

using Vips = std::map<std::string, VipReading>;
using Backends = std::map<std::pair<std::string, std::string>, BackendReading>;  // vip, endpoint

Vips read_vips(const Rates& rates, const Look& now) {
  Vips vips;
  for (const auto& sample : now.metrics.samples("signpost_vipd_backends")) {
    VipReading& vip = vips[label(sample, "vip")];
    const std::string state = label(sample, "state");
    (state == "passing"   ? vip.passing
     : state == "failing" ? vip.failing
                          : vip.draining) += sample.value;
  }
  for (const auto& sample : now.metrics.samples("signpost_vipd_connections")) {
    vips[label(sample, "vip")].traffic.open += sample.value;
  }
  rates.add("signpost_vipd_connections_total", [&](const auto& sample, double rate) {
    vips[label(sample, "vip")].traffic.sessions += rate;
  });
  rates.add("signpost_vipd_connect_failures_total", [&](const auto& sample, double rate) {
    vips[label(sample, "vip")].traffic.failures += rate;
  });
  rates.add("signpost_vipd_bytes_total", [&](const auto& sample, double rate) {
    add_bytes(sample, rate, vips[label(sample, "vip")].traffic);
  });
  return vips;
}

Backends read_backends(const Rates& rates, const Look& now) {
  Backends backends;
  const auto backend = [&backends](const auto& sample) -> BackendReading& {
    const std::string endpoint = label(sample, "backend");
    BackendReading& reading = backends[{label(sample, "vip"), endpoint}];
    reading.endpoint = endpoint;
    reading.pool = label(sample, "pool");
    return reading;
  };
  for (const auto& sample : now.metrics.samples("signpost_vipd_backend_sessions")) {
    backend(sample).traffic.open += sample.value;
  }
  rates.add("signpost_vipd_backend_sessions_total",
            [&](const auto& sample, double rate) { backend(sample).traffic.sessions += rate; });
  rates.add("signpost_vipd_backend_connect_failures_total",
            [&](const auto& sample, double rate) { backend(sample).traffic.failures += rate; });
  rates.add("signpost_vipd_backend_bytes_total", [&](const auto& sample, double rate) {
    add_bytes(sample, rate, backend(sample).traffic);
  });
  return backends;
}

std::vector<VipReading> read_traffic(const Rates& rates, const Look& now) {
  Vips vips = read_vips(rates, now);
  for (auto& [key, backend] : read_backends(rates, now)) {
    const auto vip = vips.find(key.first);
    if (vip != vips.end()) vip->second.backends.push_back(backend);
  }
  std::vector<VipReading> sorted;
  for (auto& [id, vip] : vips) {
    vip.id = id;
    std::stable_sort(vip.backends.begin(), vip.backends.end(), [](const auto& a, const auto& b) {
      return is_busier(a.traffic, b.traffic);
    });
    sorted.push_back(std::move(vip));
  }
  std::stable_sort(sorted.begin(), sorted.end(), [](const VipReading& a, const VipReading& b) {
    return is_busier(a.traffic, b.traffic);
  });
  return sorted;
}

std::vector<SourceReading> read_sources(const Rates& rates, const Look& now) {
  std::map<std::string, double> events;
  rates.add("signpost_watcher_events_total",
            [&](const auto& sample, double rate) { events[label(sample, "source")] += rate; });
  std::vector<SourceReading> sources;
  for (const json::value& value : now.sources.at("sources").as_array()) {
    const json::object& source = value.as_object();
    const json::value& heard = source.at("heard_seconds_ago");
    const std::string name(text(source, "name"));
    sources.push_back({.name = name,
                       .connected = source.at("connected").as_bool(),
                       .heard_seconds_ago = heard.is_null() ? -1 : heard.to_number<double>(),
                       .events = events[name],
                       .last_error = std::string(text(source, "last_error"))});
  }
  return sources;
}

json::object as_json(const Traffic& traffic) {
  return {{"connections_per_second", traffic.sessions},
          {"open", traffic.open},
          {"failures_per_second", traffic.failures},
          {"bytes_upstream_per_second", traffic.upstream},
          {"bytes_downstream_per_second", traffic.downstream}};
}

json::object as_json(const VipReading& vip) {
  json::array backends;
  for (const BackendReading& backend : vip.backends) {
    json::object described = as_json(backend.traffic);
    described["endpoint"] = backend.endpoint;
    described["pool"] = backend.pool;
    backends.push_back(std::move(described));
  }
  json::object described = as_json(vip.traffic);
  described["id"] = vip.id;
  described["passing"] = vip.passing;
  described["failing"] = vip.failing;
  described["draining"] = vip.draining;
  described["backends"] = std::move(backends);
  return described;
}

json::object as_json(const SourceReading& source) {
  const json::value heard =
      source.heard_seconds_ago < 0 ? json::value() : json::value(source.heard_seconds_ago);
  return {{"name", source.name},
          {"connected", source.connected},
          {"heard_seconds_ago", heard},
          {"events_per_second", source.events},
          {"last_error", source.last_error}};
}

}  // namespace

common::Expected<Look> look_at(const Desk& desk) {
  auto metrics = ask_admin_text(desk, "/metrics");
  if (!metrics) return tl::unexpected(metrics.error());
  auto sources = ask_admin(desk, "/v1/sources");
  if (!sources) return tl::unexpected(sources.error());
  return Look{std::chrono::steady_clock::now(), MetricsText(*metrics), std::move(*sources)};
}

Reading read(const Look& before, const Look& after) {
  const Rates rates(before, after);
  Reading reading{.seconds = rates.seconds(),
                  .generation = after.sources.at("generation").to_number<double>(),
                  .synced = after.sources.at("synced").as_bool(),
                  .tasks = after.sources.at("tasks").to_number<double>(),
                  .cpu = rates.rate("process_cpu_seconds_total"),
                  .answers = {},
                  .sources = read_sources(rates, after),
                  .vips = read_traffic(rates, after)};
  rates.add("signpost_dnsd_responses_total", [&](const auto& sample, double rate) {
    if (sample.value > 0) reading.answers[label(sample, "rcode")] += rate;
  });
  return reading;
}

json::object as_json(const Reading& reading) {
  json::object answers;
  for (const auto& [rcode, rate] : reading.answers) answers[rcode] = rate;
  json::array sources;
  for (const SourceReading& source : reading.sources) sources.push_back(as_json(source));
  json::array vips;
  for (const VipReading& vip : reading.vips) vips.push_back(as_json(vip));
  return {{"seconds", reading.seconds},
          {"generation", reading.generation},
          {"synced", reading.synced},
          {"tasks", reading.tasks},
          {"cpu_cores", reading.cpu},
          {"answers_per_second", std::move(answers)},
          {"sources", std::move(sources)},
          {"vips", std::move(vips)}};
}

}  // namespace signpost
