#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "minimarathon/app.h"
#include "minimarathon/health.h"
#include "minimarathon/timestamp.h"

namespace minimarathon {

/// What one health check has found of one task. Pure: time comes from outside.
class CheckState {
 public:
  struct Verdict {
    bool counted = false;  // A failure that is told.
    bool flipped = false;  // alive() has changed.
    bool kill = false;     // The task is to be killed for it.
  };
  /// Failures within the grace period after the start do not count until the first success.
  /// Marathon kills when the count was at its limit before this failure, and never with a limit of
  /// 0; the executor when it is at its limit with this failure, so at once with 0.
  /// Source: Marathon's HealthCheckActor; Mesos' checks/health_checker.
  Verdict observe(const HealthCheck& rule,
                  const CheckResult& result,
                  WallTime started_at,
                  WallTime now);

  bool known() const { return last_success_ || last_failure_; }
  bool alive() const {
    return last_success_ && (!last_failure_ || *last_success_ > *last_failure_);
  }
  std::uint32_t failures() const { return failures_; }  // In a row.
  const std::optional<WallTime>& first_success() const { return first_success_; }
  const std::optional<WallTime>& last_success() const { return last_success_; }
  const std::optional<WallTime>& last_failure() const { return last_failure_; }
  const std::string& cause() const { return cause_; }  // Of the last failure.

 private:
  std::uint32_t failures_ = 0;
  std::optional<WallTime> first_success_;
  std::optional<WallTime> last_success_;
  std::optional<WallTime> last_failure_;
  std::string cause_;
};

}  // namespace minimarathon
