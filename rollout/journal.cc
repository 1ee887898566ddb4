#include "rollout/journal.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/log.h"

namespace rollout {
namespace {

namespace log = common::log;
using log::Level;

std::string figures(const Figures& seen) {
  const double mean =
      seen.answered == 0 ? 0 : seen.answer_seconds / static_cast<double>(seen.answered);
  return fmt::format("connections:{},failures:{},sessions:{},answered:{},first_byte_ms:{:.1f}",
                     seen.attempts,
                     seen.failures,
                     seen.sessions,
                     seen.answered,
                     1e3 * mean);
}

}  // namespace

std::map<watcher::VipId, Journal::Known> Journal::know(const std::vector<Rollout>& rollouts) {
  std::map<watcher::VipId, Known> known;
  for (const Rollout& rollout : rollouts) {
    known.insert_or_assign(rollout.plan().vip,
                           Known{rollout.plan(), rollout.state(), rollout.percent()});
  }
  return known;
}

void Journal::adopt(const std::vector<Rollout>& rollouts) { known_ = know(rollouts); }

void Journal::follow(const std::vector<Rollout>& rollouts) {
  for (const Rollout& rollout : rollouts) {
    const auto before = known_.find(rollout.plan().vip);
    const std::string_view what =
        change(before == known_.end() ? nullptr : &before->second, rollout);
    if (!what.empty()) tell(what, rollout);
  }
  known_ = know(rollouts);
}

/// Empty when nothing did.
std::string_view Journal::change(const Known* before, const Rollout& rollout) {
  const auto is = [&](State state) { return rollout.state() == state; };
  const bool was_over =
      before != nullptr && (before->state == State::Done || before->state == State::Aborted);
  const bool is_new =
      before == nullptr || before->plan != rollout.plan() || (was_over && !rollout.is_over());
  if (is_new) return "started";
  if (before->state == rollout.state()) {
    return before->percent == rollout.percent() ? std::string_view() : "step";
  }
  if (is(State::Paused)) return "paused";
  if (is(State::Done)) return "done";
  if (is(State::Aborted)) return "aborted";
  return "resumed";
}

void Journal::tell(std::string_view change, const Rollout& rollout) {
  const auto* const row = std::find(kChanges.begin(), kChanges.end(), change);
  changes_[static_cast<std::size_t>(row - kChanges.begin())].add();
  const Plan& plan = rollout.plan();
  const bool bad = change == "aborted" || change == "paused";
  log::write(bad ? Level::Warn : Level::Info,
             fmt::format("rollout={} vip={} from={} to={} step={}/{} percent={} reason=\"{}\" "
                         "new_pool={} old_pool={}",
                         change,
                         plan.vip.to_string(),
                         plan.from,
                         plan.to,
                         rollout.step() + 1,
                         plan.steps.size(),
                         rollout.percent(),
                         rollout.reason(),
                         figures(rollout.seen_fresh()),
                         figures(rollout.seen_old())));
}

/// Looks are no news.
void Journal::sent(const Plan& plan, const Order& order) {
  log::write(order.kind == Order::Kind::Look ? Level::Debug : Level::Info,
             fmt::format("rollout=asks vip={} source={} order=\"{}\"",
                         plan.vip.to_string(),
                         plan.scale->source,
                         rollout::describe(order)));
}

void Journal::answered(const watcher::VipId& vip, const Order& order, const Outcome& outcome) {
  outcomes_[static_cast<std::size_t>(outcome.kind)].add();
  if (outcome.kind == Outcome::Kind::Done) return;
  log::write(Level::Warn,
             fmt::format("rollout=not_done vip={} order=\"{}\" error=\"{}\"",
                         vip.to_string(),
                         rollout::describe(order),
                         outcome.words));
}

void Journal::describe(common::MetricsPage& page) const {
  for (std::size_t i = 0; i < kChanges.size(); ++i) {
    page.counter("signpost_rollout_changes_total",
                 "What became of rollouts.",
                 static_cast<double>(changes_[i].value()),
                 {{"change", std::string(kChanges[i])}});
  }
  for (std::size_t i = 0; i < kOutcomes.size(); ++i) {
    page.counter("signpost_rollout_orders_total",
                 "What came of what rollouts asked of a Marathon.",
                 static_cast<double>(outcomes_[i].value()),
                 {{"outcome", std::string(kOutcomes[i])}});
  }
}

void Journal::describe(const std::vector<Rollout>& rollouts, common::MetricsPage& page) {
  for (const Rollout& rollout : rollouts) {
    if (rollout.is_settled()) continue;
    page.gauge("signpost_rollout_percent",
               "The new pool's share of new connections, of a rollout under way.",
               rollout.percent(),
               {{"vip", rollout.plan().vip.to_string()}, {"pool", rollout.plan().to}});
  }
}

}  // namespace rollout
