#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace vipd {

using TimePoint = std::chrono::steady_clock::time_point;

/// Whether a backend is left out because of what happened to connections there: a fast verdict of
/// the traffic itself, until the catalog's health has its own. It lasts until a check finds the
/// backend well: the first one is due after a quarter of a second, and each that fails doubles the
/// wait, up to eight seconds. One that fails again soon after it came back waits longer, too.
class Ejection {
 public:
  static constexpr std::chrono::milliseconds kFirst{250};
  static constexpr int kMaxDoublings = 5;
  /// For how long after its return a backend's earlier failures count.
  static constexpr std::chrono::seconds kMemory{30};
  /// One reset before the first byte may be the client's fault; so many in a row are not.
  static constexpr int kEarlyResets = 5;

  bool active() const { return until_.has_value(); }
  /// When it is to be checked. Precondition: active().
  TimePoint until() const { return *until_; }

  /// A connection failed, or the check did. Whether it is active already does not matter.
  void failed(TimePoint now) {
    if (back_since_ && now - *back_since_ > kMemory) failures_ = 0;
    back_since_.reset();
    early_resets_ = 0;
    until_ = now + kFirst * (1 << std::min(failures_++, kMaxDoublings));
  }
  void readmit(TimePoint now) {
    if (active()) back_since_ = now;
    until_.reset();
  }

  /// It reset a session before it had sent anything; true when that happened too often in a row.
  bool reset_early() { return ++early_resets_ >= kEarlyResets; }
  void answered() { early_resets_ = 0; }

 private:
  std::optional<TimePoint> until_;
  std::optional<TimePoint> back_since_;
  int failures_ = 0;
  int early_resets_ = 0;
};

}  // namespace vipd
