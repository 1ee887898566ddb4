#include "rollout/rollout.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace rollout {

std::string_view to_string(State state) {
  switch (state) {
    case State::Running:
      return "running";
    case State::Paused:
      return "paused";
    case State::Done:
      return "done";
    case State::Aborted:
      return "aborted";
  }
  return "";
}

std::string_view to_string(Stage stage) {
  switch (stage) {
    case Stage::Growing:
      return "growing";
    case Stage::Serving:
      return "serving";
    case Stage::Retiring:
      return "retiring";
  }
  return "";
}

Rollout::Rollout(Plan plan, const Figures& fresh, const Figures& old, TimePoint now)
    : Rollout(Stored{.plan = std::move(plan)}, now) {
  if (scaler_) stage_ = Stage::Growing;
  begin_step(fresh, old, now);
}

Rollout::Rollout(Stored stored, TimePoint now)
    : plan_(std::move(stored.plan)),
      state_(stored.state),
      step_(stored.step),
      reason_(std::move(stored.reason)),
      began_(now),
      stage_(stored.stage) {
  if (plan_.scale) scaler_.emplace(plan_, stored.sizes);
  if (state_ == State::Running) reason_.clear();
  // How many to leave is not known.
  if (state_ == State::Aborted && !stored.sizes) stage_ = Stage::Serving;
}

Stored Rollout::stored() const {
  return {plan_, state_, step_, reason_, stage_, scaler_ ? scaler_->sizes() : std::nullopt};
}

void Rollout::begin_step(const Figures& fresh, const Figures& old, TimePoint now) {
  began_ = now;
  fresh_start_ = fresh;
  old_start_ = old;
}

void Rollout::enter(Stage stage) {
  stage_ = stage;
  served_by_.reset();
  waits_for_.clear();
  if (scaler_) scaler_->restart();
}

bool Rollout::tick(const Figures& fresh, const Figures& old, TimePoint now) {
  if (state_ != State::Running || stage_ == Stage::Retiring) return false;
  if (now < recovers_until_ && (fresh.failing > 0 || fresh.backends == 0)) return false;
  recovers_until_ = {};
  seen_fresh_ = fresh.since(fresh_start_);
  seen_old_ = old.since(old_start_);
  if (old.backends == 0) {
    pause(fmt::format("{} has no backends any more", plan_.from));
    return false;
  }
  if (stage_ == Stage::Growing) return grow(fresh, old, now);
  if (go_back(seen_fresh_)) return true;
  if (now - began_ < plan_.pause) return false;
  if (!is_conclusive(plan_.guards, seen_fresh_)) {
    reason_ = fmt::format(
        "waits for traffic: {} of {} connections", seen_fresh_.attempts, plan_.guards.least);
    return false;
  }
  reason_.clear();
  if (percent() == 100) {
    if (!scaler_) state_ = State::Done;
    if (scaler_) enter(Stage::Retiring);
    return false;
  }
  ++step_;
  begin_step(fresh, old, now);
  if (scaler_) enter(Stage::Growing);
  return !scaler_;
}

/// True when a guard speaks.
bool Rollout::go_back(const Figures& fresh) {
  const auto against = breach(plan_.guards, fresh, seen_old_);
  if (against) abort(fmt::format("{}: {}", plan_.to, *against));
  return against.has_value();
}

/// Those that have served the step before are judged meanwhile; those that are still to pass say
/// nothing against it.
bool Rollout::grow(const Figures& fresh, const Figures& old, TimePoint now) {
  const std::size_t passing = fresh.backends - fresh.failing;
  if (!served_by_) served_by_ = passing;
  Figures served = seen_fresh_;
  served.backends = *served_by_;
  served.failing = *served_by_ - std::min(*served_by_, passing);
  if (percent() > 0 && go_back(served)) return true;
  Scaler::Progress progress = scaler_->grow(plan_.steps.at(step_), passing, now);
  waits_for_ = progress.words;
  if (progress.kind == Scaler::Progress::Kind::Waiting) return false;
  if (progress.kind == Scaler::Progress::Kind::Failed) {
    pause(std::move(progress.words));
    return false;
  }
  enter(Stage::Serving);
  begin_step(fresh, old, now);
  return true;
}

const std::string* Rollout::leaving() const {
  if (stage_ != Stage::Retiring) return nullptr;
  if (state_ == State::Running) return &plan_.from;
  return state_ == State::Aborted ? &plan_.to : nullptr;
}

/// What an abort cannot scale back is left, and told.
void Rollout::retire(const std::vector<Instance>& instances, TimePoint now) {
  const bool passed = state_ == State::Running;
  const bool deletes = passed && plan_.scale->delete_old;
  const std::uint32_t keep = passed ? 0 : scaler_->sizes().value_or(Sizes{}).before;
  Scaler::Progress progress = scaler_->shrink(
      *leaving(), keep, instances, deletes ? Scaler::Then::Delete : Scaler::Then::Keep, now);
  waits_for_ = progress.words;
  const bool failed = progress.kind == Scaler::Progress::Kind::Failed;
  if (progress.kind == Scaler::Progress::Kind::Waiting) return;
  if (failed && passed) return pause(std::move(progress.words));
  if (failed) reason_ += "; " + plan_.to + " was not scaled back: " + progress.words;
  if (passed) state_ = State::Done;
  enter(Stage::Serving);
}

std::optional<Order> Rollout::take_order(std::uint64_t number) {
  const bool acts = state_ == State::Running || (is_over() && !is_settled());
  return acts && scaler_ ? scaler_->take_order(number) : std::nullopt;
}

void Rollout::answered(std::uint64_t number, Outcome outcome) {
  if (scaler_) scaler_->answered(number, std::move(outcome));
}

void Rollout::pause(std::string reason) {
  if (is_over()) return;
  state_ = State::Paused;
  reason_ = std::move(reason);
}

void Rollout::resume(const Figures& fresh, const Figures& old, TimePoint now) {
  if (is_over()) return;
  state_ = State::Running;
  reason_.clear();
  enter(stage_);
  begin_step(fresh, old, now);
}

/// What was added for the new app is taken away again, once its clients have gone.
void Rollout::abort(std::string reason) {
  if (is_over()) return;
  state_ = State::Aborted;
  reason_ = std::move(reason);
  const bool has_scaled = scaler_ && scaler_->sizes();
  enter(has_scaled ? Stage::Retiring : Stage::Serving);
}

std::uint32_t Rollout::percent() const {
  if (state_ == State::Aborted) return 0;
  if (stage_ != Stage::Growing) return plan_.steps.at(step_);
  return step_ == 0 ? 0 : plan_.steps.at(step_ - 1);
}

watcher::Weights Rollout::weights() const {
  return {plan_.vip, {{plan_.to, percent()}, {plan_.from, 100 - percent()}}};
}

}  // namespace rollout
