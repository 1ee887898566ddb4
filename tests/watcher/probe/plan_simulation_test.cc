#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>

#include "config/check_text.h"
#include "tests/common/simulation.h"
#include "watcher/probe/plan.h"

namespace watcher {
namespace {

using namespace std::chrono_literals;
using common::Dice;
using TimePoint = ProbePlan::TimePoint;
using Outcome = ProbePlan::Outcome;

constexpr std::size_t kParallel = 3;
constexpr auto kInterval = 2000ms;

/// VIPs come, go and change what they ask of their endpoints, which live and die; checks take their
/// time, and some end after nobody wants to know.
class Simulation {
 public:
  explicit Simulation(std::uint64_t seed) : dice_(seed) {}

  void run() {
    for (int step = 0; step < 100 && !testing::Test::HasFailure(); ++step) {
      switch (dice_.between(0, 4)) {
        case 0:
          change_vip();
          break;
        case 1:
          alive_[port()] = dice_.one_in(2);
          break;
        default:
          pass_time();
      }
      take_reports();
    }
    settle();
  }

 private:
  struct UnderWay {
    TimePoint ends;
    std::uint16_t port = 0;
    std::string what;
  };

  std::uint16_t port() { return static_cast<std::uint16_t>(dice_.between(1, 6)); }
  static std::string task_of(std::uint16_t port) { return "web." + std::to_string(port); }

  void change_vip() {
    constexpr std::array<const char*, 4> kChecks{"tcp", "http /", "http / interval=5s", "none"};
    const auto id = static_cast<std::uint16_t>(dice_.between(80, 82));
    VipPtr after;
    if (!dice_.one_in(4)) {
      Vip vip;
      vip.id = {.name = "web.marathon", .address = {}, .port = id};
      for (std::uint16_t number = 1; number <= 6; ++number) {
        if (dice_.one_in(2)) continue;
        const auto state = static_cast<BackendState>(dice_.between(0, 2));
        Backend backend{{common::IpAddress::v4(0x0a000001), number},
                        state,
                        {"marathon", task_of(number)},
                        "/web",
                        3s};
        const char* check = kChecks[dice_.between(0, kChecks.size() - 1)];
        backend.check = config::Type<config::Check>::parse(check).value();
        vip.backends.push_back(std::move(backend));
      }
      std::sort(vip.backends.begin(), vip.backends.end());
      after = std::make_shared<const Vip>(std::move(vip));
    }
    if (!after && !vips_[id]) return;
    Change change;
    change.vips.push_back({vips_[id], after});
    vips_[id] = after;
    plan_.apply(change, now_);
    start_due();
  }

  /// To the next thing that happens, or a little.
  void pass_time() {
    TimePoint next = now_ + std::chrono::milliseconds(dice_.between(1, 500));
    if (const auto due = plan_.next_due()) next = std::min(next, std::max(*due, now_));
    for (const auto& [ticket, check] : under_way_) next = std::min(next, check.ends);
    now_ = std::max(next, now_);
    finish_due();
    start_due();
  }

  void start_due() {
    for (const auto& start : plan_.take_due(now_)) {
      const std::string what = config::Type<config::Check>::print(start.check);
      const auto took = std::chrono::milliseconds(dice_.one_in(5) ? 1000 : dice_.between(0, 50));
      under_way_[start.ticket] = {now_ + took, start.endpoint.port, what};
      EXPECT_TRUE(is_wanted(start.endpoint.port)) << "nobody asked for " << what;
    }
    EXPECT_LE(under_way_.size(), kParallel) << "too many at a time";
  }

  void finish_due() {
    for (auto check = under_way_.begin(); check != under_way_.end();) {
      if (check->second.ends > now_) {
        ++check;
        continue;
      }
      const bool lives = alive_[check->second.port];
      const bool ours = dice_.one_in(10) && !settling_;
      plan_.finish(check->first,
                   ours    ? Outcome::Inconclusive
                   : lives ? Outcome::Passed
                           : Outcome::Failed,
                   now_);
      if (!ours) seen_[check->second.port].insert(lives ? Health::Passing : Health::Failing);
      check = under_way_.erase(check);
    }
  }

  /// Does any VIP have a checked backend at this port?
  bool is_wanted(std::uint16_t number) const {
    for (const auto& [id, vip] : vips_) {
      if (!vip) continue;
      for (const Backend& backend : vip->backends) {
        if (backend.endpoint.port == number && backend.state != BackendState::Draining &&
            backend.check->kind != config::CheckKind::None) {
          return true;
        }
      }
    }
    return false;
  }

  void take_reports() {
    for (const Update& update : plan_.take_reports()) {
      const auto& probed = std::get<Probed>(update);
      EXPECT_EQ(*probed.key.id, task_of(probed.port));
      EXPECT_TRUE(is_wanted(probed.port)) << "told of what nobody asked for";
      EXPECT_TRUE(seen_[probed.port].contains(probed.health)) << "a verdict without a check";
      told_[probed.port] = probed.health;
    }
    EXPECT_FALSE(plan_.has_reports());
  }

  /// Once nothing changes any more, everybody's health becomes known, and is the truth.
  void settle() {
    settling_ = true;
    const TimePoint end = now_ + 25s;
    while (now_ < end && !testing::Test::HasFailure()) {
      pass_time();
      take_reports();
    }
    for (std::uint16_t number = 1; number <= 6; ++number) {
      if (!is_wanted(number)) continue;
      EXPECT_EQ(told_[number], alive_[number] ? Health::Passing : Health::Failing) << number;
    }
  }

  Dice dice_;
  ProbePlan plan_{{.interval = kInterval,
                   .closer_look = 500ms,
                   .limits = {.rise = 2, .fall = 3},
                   .parallel = kParallel}};
  TimePoint now_{1000s};
  std::map<std::uint16_t, VipPtr> vips_;
  std::map<std::uint16_t, bool> alive_;
  std::map<std::uint16_t, Health> told_;
  std::map<std::uint16_t, std::set<Health>> seen_;  // What checks found, ever.
  std::map<std::uint64_t, UnderWay> under_way_;
  bool settling_ = false;
};

TEST(ProbePlanSimulation, FindsTheTruthWhateverHappensOnTheWay) {
  common::for_each_seed(1500, [](std::uint64_t seed) { Simulation(seed).run(); });
}

}  // namespace
}  // namespace watcher
