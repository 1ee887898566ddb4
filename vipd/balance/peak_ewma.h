#pragma once

#include <chrono>
#include <cmath>
#include <optional>

namespace vipd {

/// A moving average that jumps up with the worst value and comes down slowly, so that a backend
/// that became slow is avoided at once and trusted again only after a while.
/// Source: "peak EWMA" of Finagle and linkerd2-proxy; decay 10 s as there.
class PeakEwma {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Seconds = std::chrono::duration<double>;
  static constexpr Seconds kDecay{10};

  void observe(Seconds value, TimePoint now) {
    if (!value_ || value >= *value_) {
      value_ = value;
    } else {
      const double kept = std::exp(-(Seconds(now - at_) / kDecay));
      value_ = *value_ * kept + value * (1 - kept);
    }
    at_ = now;
  }
  std::optional<Seconds> value() const { return value_; }  // None before the first value.

 private:
  std::optional<Seconds> value_;
  TimePoint at_{};
};

}  // namespace vipd
