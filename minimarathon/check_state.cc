#include "minimarathon/check_state.h"

namespace minimarathon {

CheckState::Verdict CheckState::observe(const HealthCheck& rule,
                                        const CheckResult& result,
                                        WallTime started_at,
                                        WallTime now) {
  if (result.ignored) return {};
  const bool was_alive = alive();
  const std::uint32_t failures_before = failures_;
  if (result.passed) {
    last_success_ = now;
    if (!first_success_) first_success_ = now;
    failures_ = 0;
    return {.flipped = !was_alive};
  }
  if (!first_success_ && now - started_at < rule.grace) return {};
  last_failure_ = now;
  cause_ = result.cause;
  ++failures_;
  const bool by_marathon = rule.max_failures > 0 && failures_before >= rule.max_failures;
  const bool by_executor = failures_ >= rule.max_failures;
  return {
      .counted = true, .flipped = was_alive, .kill = rule.by_executor ? by_executor : by_marathon};
}

}  // namespace minimarathon
