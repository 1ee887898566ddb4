#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rollout/figures.h"
#include "rollout/plan.h"
#include "rollout/scaler.h"
#include "watcher/update.h"

namespace rollout {

enum class State : std::uint8_t {
  Running,  // A step lasts, or waits for enough traffic to be judged.
  Paused,   // By the operator, or because a pool is gone; the shares stand.
  Done,     // The new pool has all.
  Aborted,  // The old pool has all again.
};
std::string_view to_string(State state);

/// What a rollout that scales its apps is at; the others are always serving.
enum class Stage : std::uint8_t {
  Growing,  // The new app comes to what the step takes; until then the shares are those before it.
  Serving,
  Retiring,  // Instances that serve nobody any more go: of the old app, or, aborted, of the new.
};
std::string_view to_string(Stage stage);

/// How far one is: what the next run has to know.
struct Stored {
  Plan plan;
  State state = State::Running;
  std::size_t step = 0;
  std::string reason = {};
  Stage stage = Stage::Serving;
  std::optional<Sizes> sizes = {};
};

/// One rollout: a plan and how far it is. Pure: the time and what was seen come from outside.
class Rollout {
 public:
  Rollout(Plan plan, const Figures& fresh, const Figures& old, TimePoint now);
  /// Where an earlier run stopped; a step begins anew.
  Rollout(Stored stored, TimePoint now);

  /// Looks at both pools and goes on, goes back or stays. True when the shares changed: then
  /// weights() is to be applied. Costs nothing while it is paused or settled.
  bool tick(const Figures& fresh, const Figures& old, TimePoint now);
  /// Sources have not told yet, or only just: what is to be judged must be checked anew first.
  void recover(TimePoint now) { recovers_until_ = now + kRecovery; }
  static constexpr std::chrono::seconds kRecovery{30};
  /// The app whose instances go now; null while none do. Then retire() is to be called.
  const std::string* leaving() const;
  void retire(const std::vector<Instance>& instances, TimePoint now);
  /// What Marathon is to be asked after these two, if anything; see Scaler.
  std::optional<Order> take_order(std::uint64_t number);
  void answered(std::uint64_t number, Outcome outcome);

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
  /// Over, and its apps are as they are to stay.
  bool is_settled() const { return is_over() && stage_ != Stage::Retiring; }
  Stage stage() const { return stage_; }
  /// What it waits for, in words; empty unless it scales.
  const std::string& waits_for() const { return waits_for_; }
  Stored stored() const;
  /// What was seen since the step began, when it was looked at last.
  const Figures& seen_fresh() const { return seen_fresh_; }
  const Figures& seen_old() const { return seen_old_; }

 private:
  void begin_step(const Figures& fresh, const Figures& old, TimePoint now);
  bool go_back(const Figures& fresh);
  bool grow(const Figures& fresh, const Figures& old, TimePoint now);
  void enter(Stage stage);

  Plan plan_;
  State state_ = State::Running;
  std::size_t step_ = 0;
  std::string reason_;
  TimePoint began_;  // The step.
  TimePoint recovers_until_{};
  Figures fresh_start_;  // What had been counted when it began.
  Figures old_start_;
  Figures seen_fresh_;
  Figures seen_old_;

  Stage stage_ = Stage::Serving;
  std::optional<Scaler> scaler_;
  std::optional<std::size_t> served_by_;  // So many passed before more were asked for.
  std::string waits_for_;
};

}  // namespace rollout
