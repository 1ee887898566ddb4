#include "rollout/rollout.h"

#include <fmt/core.h>

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

Rollout::Rollout(
    Plan plan, const Figures& fresh, const Figures& old, TimePoint now, std::size_t step)
    : plan_(std::move(plan)), step_(step) {
  begin_step(fresh, old, now);
}

Rollout::Rollout(Plan plan, State state, std::size_t step, std::string reason)
    : plan_(std::move(plan)), state_(state), step_(step), reason_(std::move(reason)) {}

void Rollout::begin_step(const Figures& fresh, const Figures& old, TimePoint now) {
  began_ = now;
  fresh_start_ = fresh;
  old_start_ = old;
}

bool Rollout::tick(const Figures& fresh, const Figures& old, TimePoint now) {
  if (state_ != State::Running) return false;
  if (old.backends == 0) {
    pause(fmt::format("{} has no backends any more", plan_.from));
    return false;
  }
  const Figures seen = fresh.since(fresh_start_);
  if (auto against = breach(plan_.guards, seen, old.since(old_start_))) {
    abort(fmt::format("{}: {}", plan_.to, *against));
    return true;
  }
  if (now - began_ < plan_.pause) return false;
  if (!is_conclusive(plan_.guards, seen)) {
    reason_ =
        fmt::format("waits for traffic: {} of {} connections", seen.attempts, plan_.guards.least);
    return false;
  }
  reason_.clear();
  if (percent() == 100) {
    state_ = State::Done;
    return false;
  }
  ++step_;
  begin_step(fresh, old, now);
  return true;
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
  begin_step(fresh, old, now);
}

void Rollout::abort(std::string reason) {
  if (is_over()) return;
  state_ = State::Aborted;
  reason_ = std::move(reason);
}

std::uint32_t Rollout::percent() const {
  return state_ == State::Aborted ? 0 : plan_.steps.at(step_);
}

watcher::Weights Rollout::weights() const {
  return {plan_.vip, {{plan_.to, percent()}, {plan_.from, 100 - percent()}}};
}

}  // namespace rollout
