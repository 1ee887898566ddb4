#include "rollout/scaler.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace rollout {
namespace {

using namespace std::chrono_literals;
using Kind = Order::Kind;
using Progress = Scaler::Progress;

constexpr auto kFresh = 5s;       // So long an app is believed to be as it was seen.
constexpr auto kRetry = 5s;       // After an order that came to nothing.
constexpr auto kLongest = 60s;    // Nobody answers any more after that.
constexpr auto kConnecting = 2s;  // Those under way when the weight became 0 have arrived.

std::uint32_t share_of(std::uint32_t target, std::uint32_t percent) {
  return std::max<std::uint32_t>(1, (target * percent + 99) / 100);
}

}  // namespace

Scaler::Scaler(const Plan& plan, std::optional<Sizes> sizes)
    : to_(plan.to), from_(plan.from), limit_(plan.scale->limit), sizes_(sizes) {}

Progress Scaler::grow(std::uint32_t percent, std::size_t passing, TimePoint now) {
  if (!began_) began_ = now;
  if (auto failure = settle(now)) return {Progress::Kind::Failed, std::move(*failure)};
  const Known* app = look(to_, now);
  if (app != nullptr && !app->app) return {Progress::Kind::Failed, "Marathon has no app " + to_};
  const bool learned = sizes_ || (app != nullptr && learn(*app->app, now));
  const std::uint32_t need = learned ? share_of(sizes_->target, percent) : 0;
  if (learned && passing >= need) return {Progress::Kind::Ready};
  std::string words = learned ? fmt::format("{} of {} instances of {} pass", passing, need, to_)
                              : "Marathon has not told of the apps";
  if (is_late(now)) return {Progress::Kind::Failed, wait(std::move(words)).words + ": too late"};
  if (learned && app != nullptr && app->app->instances < need) ask({Kind::Scale, to_, need});
  return wait(std::move(words));
}

Progress Scaler::shrink(const std::string& app,
                        std::uint32_t keep,
                        const std::vector<Instance>& instances,
                        Then then,
                        TimePoint now) {
  if (!began_) began_ = now;
  if (auto failure = settle(now)) return {Progress::Kind::Failed, std::move(*failure)};
  const Known* known = look(app, now);
  if (known == nullptr) return wait("Marathon has not told of " + app);
  if (!known->app) return {Progress::Kind::Ready};
  const std::uint32_t have = known->app->instances;
  if (have <= keep) {
    if (then == Then::Keep) return {Progress::Kind::Ready};
    ask({Kind::Delete, app});
    return wait(app + " is to be deleted");
  }
  const std::vector<std::string> victims = choose(instances, have - keep, now);
  std::uint64_t sessions = 0;
  std::size_t left = 0;
  for (const Instance& instance : instances) {
    if (instance.going || killed_.contains(instance.task)) continue;
    sessions += instance.sessions;
    ++left;
  }
  if (!victims.empty()) {
    ask({Kind::Kill, app, 0, victims});
  } else if (left == 0) {  // Those that never got here have nothing to drain.
    ask({Kind::Scale, app, keep});
  }
  return wait(fmt::format("{} instances of {} still have {} connections", left, app, sessions));
}

void Scaler::restart() {
  began_.reset();
  known_.clear();
  wanted_.reset();
  retry_at_ = {};
  trouble_.reset();
}

std::optional<Order> Scaler::take_order(std::uint64_t number) {
  if (!wanted_) return std::nullopt;
  under_way_ = std::exchange(wanted_, std::nullopt);
  number_ = number;
  sent_.reset();
  return under_way_;
}

void Scaler::answered(std::uint64_t number, Outcome outcome) {
  if (under_way_ && number == number_) outcome_ = std::move(outcome);
}

std::optional<std::string> Scaler::settle(TimePoint now) {
  wanted_.reset();
  if (!under_way_) return std::nullopt;
  if (!sent_) sent_ = now;
  if (!outcome_ && now - *sent_ >= kLongest) {
    outcome_ = {Outcome::Kind::Failed, "nobody answers"};
  }
  if (!outcome_) return std::nullopt;
  const Order order = *std::exchange(under_way_, std::nullopt);
  const Outcome outcome = *std::exchange(outcome_, std::nullopt);
  return take(order, outcome, now);
}

/// A failure may have been carried out all the same: then what is seen next tells.
std::optional<std::string> Scaler::take(const Order& order, const Outcome& outcome, TimePoint now) {
  known_.erase(order.app);
  const bool gone = outcome.kind == Outcome::Kind::Absent && order.kind != Kind::Kill;
  if (outcome.kind == Outcome::Kind::Done || gone) {
    if (order.kind == Kind::Look || order.kind == Kind::Delete || gone) {
      known_[order.app] = {outcome.app, now};
    }
    killed_.insert(order.tasks.begin(), order.tasks.end());
    if (trouble_ && (order.kind == trouble_->kind || order.kind != Kind::Look)) trouble_.reset();
    return std::nullopt;
  }
  fail(order, outcome, now);
  const bool for_good = outcome.kind == Outcome::Kind::Refused || now - trouble_->since >= limit_;
  return for_good ? std::optional(trouble_->words) : std::nullopt;
}

void Scaler::fail(const Order& order, const Outcome& outcome, TimePoint now) {
  if (!trouble_ || trouble_->kind != order.kind) trouble_ = {order.kind, now, {}};
  trouble_->words = fmt::format("Marathon did not {}: {}", describe(order), outcome.words);
  retry_at_ = now + kRetry;
}

/// As it was seen last; asks again when that was a while ago.
const Scaler::Known* Scaler::look(const std::string& app, TimePoint now) {
  const auto known = known_.find(app);
  const bool is_fresh = known != known_.end() && now - known->second.seen < kFresh;
  if (!under_way_ && now >= retry_at_ && !is_fresh) wanted_ = {Kind::Look, app};
  return known == known_.end() ? nullptr : &known->second;
}

/// What the apps are like before anything is changed. True when that is known.
bool Scaler::learn(const App& fresh, TimePoint now) {
  const Known* old = look(from_, now);
  if (old == nullptr) return false;
  const std::uint32_t usual = old->app ? old->app->instances : fresh.instances;
  const std::uint32_t asked = fresh.target_instances.value_or(0);
  sizes_ = {std::max<std::uint32_t>(1, asked > 0 ? asked : usual), fresh.instances};
  return true;
}

/// What was seen a moment ago is what is gone by, so nothing is asked before that is known again.
void Scaler::ask(Order order) {
  if (!under_way_ && !wanted_) wanted_ = std::move(order);
}

Progress Scaler::wait(std::string words) const {
  if (trouble_) words += "; " + trouble_->words;
  return {Progress::Kind::Waiting, std::move(words)};
}

bool Scaler::is_late(TimePoint now) { return now - *began_ >= limit_; }

/// Whom to kill now, at most so many.
std::vector<std::string> Scaler::choose(const std::vector<Instance>& instances,
                                        std::size_t surplus,
                                        TimePoint now) {
  if (now - *began_ < kConnecting) return {};
  std::vector<const Instance*> left;
  for (const Instance& instance : instances) {
    const bool may_go = instance.sessions == 0 || is_late(now);
    if (may_go && !instance.going && !killed_.contains(instance.task)) left.push_back(&instance);
  }
  std::stable_sort(left.begin(), left.end(), [](const Instance* a, const Instance* b) {
    return a->sessions < b->sessions;
  });
  left.resize(std::min(left.size(), surplus));
  std::vector<std::string> victims;
  victims.reserve(left.size());
  for (const Instance* instance : left) victims.push_back(instance->task);
  return victims;
}

}  // namespace rollout
