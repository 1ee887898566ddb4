#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace common {

/// A count written by one thread and read by any. Costs the writer a plain add.
class Counter {
 public:
  void add(std::uint64_t amount = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  void subtract(std::uint64_t amount = 1) {  // For counts of what exists now.
    value_.store(value_.load(std::memory_order_relaxed) - amount, std::memory_order_relaxed);
  }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// Seconds in fixed buckets from 100 µs to 10 s; written by one thread, read by any.
class LatencyHistogram {
 public:
  static constexpr std::array<double, 12> kBounds{
      0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 10.0};
  void observe(double seconds);
  void add(const LatencyHistogram& more);  // What another thread observed.

  std::array<std::uint64_t, kBounds.size() + 1> counts() const;  // Per bucket, last is +Inf.
  double sum() const;

 private:
  std::array<Counter, kBounds.size() + 1> buckets_;
  Counter nanoseconds_;
};

/// One scrape: whoever has figures writes them here, and the text is made at the end.
/// Names follow Prometheus: signpost_<room>_<what>_<unit>, `_total` for counters.
class MetricsPage {
 public:
  using Labels = std::vector<std::pair<std::string, std::string>>;

  MetricsPage();
  ~MetricsPage();

  void counter(std::string_view name, std::string_view help, double value, Labels labels = {});
  void gauge(std::string_view name, std::string_view help, double value, Labels labels = {});
  void histogram(std::string_view name,
                 std::string_view help,
                 const LatencyHistogram& values,
                 Labels labels = {});

  std::string text() const;  // Prometheus text exposition format 0.0.4

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace common
