#include "common/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <cmath>

namespace common {

void LatencyHistogram::observe(double seconds) {
  const auto bucket = std::lower_bound(kBounds.begin(), kBounds.end(), seconds) - kBounds.begin();
  buckets_[static_cast<std::size_t>(bucket)].add();
  nanoseconds_.add(static_cast<std::uint64_t>(std::max(seconds, 0.0) * 1e9));
}

void LatencyHistogram::add(const LatencyHistogram& more) {
  for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i].add(more.buckets_[i].value());
  nanoseconds_.add(more.nanoseconds_.value());
}
std::array<std::uint64_t, LatencyHistogram::kBounds.size() + 1> LatencyHistogram::counts() const {
  std::array<std::uint64_t, kBounds.size() + 1> counts{};
  std::transform(buckets_.begin(), buckets_.end(), counts.begin(), [](const Counter& bucket) {
    return bucket.value();
  });
  return counts;
}

double LatencyHistogram::sum() const { return static_cast<double>(nanoseconds_.value()) / 1e9; }

struct MetricsPage::Families {
  std::vector<prometheus::MetricFamily> all;  // In the order of first mention.

  prometheus::ClientMetric& add(std::string_view name,
                                std::string_view help,
                                prometheus::MetricType type,
                                const Labels& labels) {
    auto family =
        std::find_if(all.begin(), all.end(), [&](const auto& f) { return f.name == name; });
    if (family == all.end()) {
      family = all.insert(all.end(), {std::string(name), std::string(help), type, {}});
    }
    prometheus::ClientMetric metric;
    for (const auto& [label, value] : labels) metric.label.push_back({label, value});
    return family->metric.emplace_back(std::move(metric));
  }
};

MetricsPage::MetricsPage() : families_(std::make_unique<Families>()) {}
MetricsPage::~MetricsPage() = default;

void MetricsPage::counter(std::string_view name,
                          std::string_view help,
                          double value,
                          Labels labels) {
  families_->add(name, help, prometheus::MetricType::Counter, labels).counter.value = value;
}

void MetricsPage::gauge(std::string_view name, std::string_view help, double value, Labels labels) {
  families_->add(name, help, prometheus::MetricType::Gauge, labels).gauge.value = value;
}

void MetricsPage::histogram(std::string_view name,
                            std::string_view help,
                            const LatencyHistogram& values,
                            Labels labels) {
  auto& metric = families_->add(name, help, prometheus::MetricType::Histogram, labels).histogram;
  const auto counts = values.counts();
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    cumulative += counts[i];
    const double bound =
        i < LatencyHistogram::kBounds.size() ? LatencyHistogram::kBounds[i] : INFINITY;
    metric.bucket.push_back({cumulative, bound});
  }
  metric.sample_count = cumulative;
  metric.sample_sum = values.sum();
}

std::string MetricsPage::text() const {
  return prometheus::TextSerializer{}.Serialize(families_->all);
}

}  // namespace common
