#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/metrics.h"
#include "rollout/rollout.h"

namespace rollout {

/// Tells of what becomes of rollouts: a line in the log and a count for each change, with the
/// figures that led to it. Lives on the control thread; describe() is for any.
class Journal {
 public:
  /// These are known already: of an earlier run.
  void adopt(const std::vector<Rollout>& rollouts);
  /// Tells what is different since the last call.
  void follow(const std::vector<Rollout>& rollouts);

  void sent(const Plan& plan, const Order& order);
  void answered(const watcher::VipId& vip, const Order& order, const Outcome& outcome);

  void describe(common::MetricsPage& page) const;
  static void describe(const std::vector<Rollout>& rollouts, common::MetricsPage& page);

 private:
  static constexpr std::array<std::string_view, 6> kChanges{
      "started", "step", "paused", "resumed", "done", "aborted"};
  static constexpr std::array<std::string_view, 5> kOutcomes{
      "done", "absent", "locked", "failed", "refused"};

  struct Known {
    Plan plan;
    State state;
    std::uint32_t percent;
  };

  static std::map<watcher::VipId, Known> know(const std::vector<Rollout>& rollouts);
  static std::string_view change(const Known* before, const Rollout& rollout);
  void tell(std::string_view change, const Rollout& rollout);

  std::map<watcher::VipId, Known> known_;
  std::array<common::Counter, kChanges.size()> changes_;
  std::array<common::Counter, kOutcomes.size()> outcomes_;
};

}  // namespace rollout
