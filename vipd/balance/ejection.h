#pragma once

#include <algorithm>
#include <chrono>

namespace vipd {

using TimePoint = std::chrono::steady_clock::time_point;

/// Skips what just failed: for a quarter of a second, doubled with each failure in a row up to
/// eight seconds, forgotten with the first success. A fast verdict of the traffic itself, until the
/// catalog's health has its own.
class Ejection {
 public:
  static constexpr std::chrono::milliseconds kFirst{250};
  static constexpr int kMaxDoublings = 5;

  bool active(TimePoint now) const { return now < until_; }
  TimePoint until() const { return until_; }

  /// Failures while it is active are those of connections that began before it.
  void failed(TimePoint now) {
    if (active(now)) return;
    until_ = now + kFirst * (1 << std::min(failures_, kMaxDoublings));
    ++failures_;
  }
  void succeeded() { *this = {}; }

 private:
  TimePoint until_{};
  int failures_ = 0;
};

}  // namespace vipd
