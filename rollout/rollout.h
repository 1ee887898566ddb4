#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "rollout/figures.h"
#include "rollout/plan.h"
#include "watcher/update.h"

namespace rollout {

using TimePoint = std::chrono::steady_clock::time_point;

enum class State : std::uint8_t {
  Running,  // A step lasts, or waits for enough traffic to be judged.
  Paused,   // By the operator, or because a pool is gone; the shares stand.
  Done,     // The new pool has all.
  Aborted,  // The old pool has all again.
};
std::string_view to_string(State state);

/// One rollout: a plan and how far it is. Pure: the time and what was seen come from outside.
class Rollout {
 public:
  /// step  where an earlier run stopped
  Rollout(Plan plan, const Figures& fresh, const Figures& old, TimePoint now, std::size_t step = 0);
  /// One that ended, as a memory.
  Rollout(Plan plan, State state, std::size_t step, std::string reason);

  /// Looks at both pools and goes on, goes back or stays. True when the shares changed: then
  /// weights() is to be applied. Costs nothing while it is paused or over.
  bool tick(const Figures& fresh, const Figures& old, TimePoint now);

  /// The rest does nothing to one that is over.
  void pause(std::string reason);
  void resume(const Figures& fresh, const Figures& old, TimePoint now);  // The step begins anew.
  void abort(std::string reason);

  watcher::Weights weights() const;
  const Plan& plan() const { return plan_; }
  State state() const { return state_; }
  std::size_t step() const { return step_; }
  std::uint32_t percent() const;                         // Of the new pool, now.
  const std::string& reason() const { return reason_; }  // Why it is where it is; may be empty.
  bool is_over() const { return state_ == State::Done || state_ == State::Aborted; }

 private:
  void begin_step(const Figures& fresh, const Figures& old, TimePoint now);

  Plan plan_;
  State state_ = State::Running;
  std::size_t step_ = 0;
  std::string reason_;
  TimePoint began_;      // The step.
  Figures fresh_start_;  // What had been counted when it began.
  Figures old_start_;
};

}  // namespace rollout
