#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/common/simulation.h"
#include "vipd/balance/balancer.h"

namespace vipd {
namespace {

using common::Dice;
using common::for_each_seed;
using std::chrono::milliseconds;
using watcher::Backend;
using watcher::BackendState;

constexpr std::array<config::Balance, 8> kPolicies{config::Balance::TwoChoices,
                                                   config::Balance::RoundRobin,
                                                   config::Balance::WeightedRoundRobin,
                                                   config::Balance::LeastConnections,
                                                   config::Balance::PeakEwma,
                                                   config::Balance::Source,
                                                   config::Balance::SourcePort,
                                                   config::Balance::Random};

/// A VIP whose backends come, go, fail and drain while clients connect, retry and leave.
class Simulation {
 public:
  explicit Simulation(std::uint64_t seed)
      : dice_(seed),
        options_{
            .balance = kPolicies[dice_.between(0, kPolicies.size() - 1)],
            .max_ejected = std::array{0, 10, 50, 50, 100}[dice_.between(0, 4)],
            .comes_back = dice_.one_in(4) ? Balancer::Return::ByTime : Balancer::Return::ByCheck,
            .slow_start = milliseconds(dice_.one_in(3) ? dice_.between(1, 5000) : 0),
            .limit = dice_.one_in(3) ? dice_.between(1, 4) : 0,
            .seed = seed},
        knows_places_(dice_.one_in(3)),
        balancer_(options_) {}

  void run() {
    for (int step = 0; step < 120 && !testing::Test::HasFailure(); ++step) {
      switch (dice_.between(0, 6)) {
        case 0:
          change_table();
          break;
        case 1:
          now_ += milliseconds(dice_.between(0, 3000));
          break;
        case 2:
          leave();
          break;
        case 3:
          check_due(dice_.one_in(2));
          break;
        default:
          come();
      }
      check_targets();
      check_ejected();
    }
    recover();
  }

 private:
  struct Client {
    Attempts attempts;
    std::uint32_t target = 0;  // Connected to; 0: to nobody.
  };

  void change_table() {
    table_.clear();
    const std::size_t count = dice_.between(0, 6);
    std::map<std::string, std::optional<std::uint32_t>> weights;
    for (const char* app : {"/blue", "/green"}) {
      if (dice_.one_in(3)) weights[app] = dice_.one_in(4) ? 0 : dice_.between(1, 200);
    }
    std::set<std::uint16_t> ports;
    while (ports.size() < count) ports.insert(static_cast<std::uint16_t>(dice_.between(1, 9)));
    for (const std::uint16_t port : ports) {
      const std::string app = port % 2 == 0 ? "/blue" : "/green";
      Backend backend{.endpoint = {common::IpAddress::v4(0x0a000001), port},
                      .state = static_cast<BackendState>(dice_.between(0, 2)),
                      .task = {"test", app + (dice_.one_in(5) ? "-new" : "")},
                      .app = app};
      backend.options.weight = weights[app];
      if (knows_places_) backend.near = static_cast<watcher::Nearness>(dice_.between(0, 2));
      table_.push_back(std::move(backend));
    }
    std::sort(table_.begin(), table_.end());
    for (const Target* draining : balancer_.update(table_, now_)) {
      EXPECT_EQ(draining->state, BackendState::Draining);
      EXPECT_FALSE(draining->sessions.empty()) << "there is nothing to drain";
    }
  }

  /// A client asks one backend after another, each of which may refuse.
  void come() {
    Client client;
    client.attempts.client = dice_.number();
    while (true) {
      Target* target = balancer_.pick(client.attempts, now_);
      check_pick(target, client.attempts);
      if (target == nullptr) return;
      if (dice_.one_in(3)) {
        const bool was_ejected = target->ejection.active();
        const bool ejected = balancer_.failed(*target, now_);
        EXPECT_EQ(ejected, !was_ejected && target->ejection.active());
        client.attempts.failed.push_back(target->id);
        continue;
      }
      balancer_.succeeded(*target, milliseconds(dice_.between(0, 100)), now_);
      target->sessions.push_back(++last_session_);
      client.target = target->id;
      clients_.push_back(client);
      return;
    }
  }

  void leave() {
    if (clients_.empty()) return;
    const std::size_t index = dice_.between(0, clients_.size() - 1);
    Target* target = balancer_.find(clients_[index].target);
    clients_.erase(clients_.begin() + static_cast<std::ptrdiff_t>(index));
    ASSERT_NE(target, nullptr) << "a target with sessions was forgotten";
    target->sessions.pop_back();
    balancer_.release(*target);
  }

  /// Ejected ones are checked at their time, and then wait longer if they still fail.
  void check_due(bool passes) {
    for (const auto& target : balancer_.targets()) {
      if (!target->ejection.active() || target->ejection.until() > now_) continue;
      balancer_.checked(*target, passes, now_);
      EXPECT_EQ(target->ejection.active(), !passes);
      if (passes) continue;
      EXPECT_GE(target->ejection.until() - now_, 2 * Ejection::kFirst) << "it does not grow";
      EXPECT_LE(target->ejection.until() - now_, std::chrono::seconds(8));
    }
  }

  /// Never more than their share, and never all.
  void check_ejected() const {
    const auto all = eligible();
    const auto out = static_cast<std::size_t>(std::count_if(
        all.begin(), all.end(), [](const Target* target) { return target->ejection.active(); }));
    const std::size_t share = all.size() * static_cast<std::size_t>(options_.max_ejected) / 100;
    if (options_.max_ejected == 0) EXPECT_EQ(out, 0U);
    EXPECT_LE(out, std::max<std::size_t>(share, 1));
    EXPECT_TRUE(out == 0 || out < all.size()) << "nobody is left";
  }

  /// Once all are well, all take part again, whoever may bring them back.
  void recover() {
    now_ += std::chrono::seconds(8);
    if (options_.comes_back == Balancer::Return::ByCheck) check_due(true);
    come();
    for (const Target* target : eligible()) {
      if (!target->ejection.active()) continue;
      EXPECT_GT(target->ejection.until(), now_) << "its time was up";
    }
  }

  static bool is_usable(const Target& target) {
    return target.in_table && target.state != BackendState::Draining && target.options.weight != 0U;
  }
  bool has_room(const Target& target) const {
    return options_.limit == 0 || target.sessions.size() < options_.limit;
  }
  /// Those that may be given to a client: the passing ones, or all if there are none.
  std::vector<const Target*> eligible() const {
    std::vector<const Target*> usable;
    std::vector<const Target*> passing;
    for (const auto& target : balancer_.targets()) {
      if (!is_usable(*target)) continue;
      usable.push_back(target.get());
      if (target->state == BackendState::Passing) passing.push_back(target.get());
    }
    return passing.empty() ? usable : passing;
  }

  void check_pick(const Target* picked, const Attempts& attempts) const {
    const auto all = eligible();
    const auto is_left = [&](const Target* t) { return !attempts.tried(*t) && has_room(*t); };
    const auto left = std::count_if(all.begin(), all.end(), is_left);
    if (picked == nullptr) {
      EXPECT_EQ(left, 0) << "somebody was left to ask";
      const auto untried = std::count_if(
          all.begin(), all.end(), [&](const Target* t) { return !attempts.tried(*t); });
      EXPECT_EQ(balancer_.is_full(attempts), untried > 0);
      return;
    }
    EXPECT_NE(std::find(all.begin(), all.end(), picked), all.end())
        << "it drains, has no weight, or fails while others pass";
    EXPECT_FALSE(attempts.tried(*picked)) << "it was asked before";
    EXPECT_TRUE(has_room(*picked)) << "it has as many sessions as it may";
    check_ejection(*picked, all, attempts);
    check_nearness(*picked, all, attempts);
  }

  /// One that just failed is asked only if nobody else is left.
  void check_ejection(const Target& picked,
                      const std::vector<const Target*>& all,
                      const Attempts& attempts) const {
    if (!picked.ejection.active()) return;
    for (const Target* other : all) {
      if (attempts.tried(*other) || !has_room(*other)) continue;
      EXPECT_TRUE(other->ejection.active()) << "a better one was there";
    }
  }

  /// One further away is asked only if nobody nearer can be; with weights the pool goes before.
  void check_nearness(const Target& picked,
                      const std::vector<const Target*>& all,
                      const Attempts& attempts) const {
    const auto weighs = [](const Backend& b) { return b.options.weight.has_value(); };
    if (std::any_of(table_.begin(), table_.end(), weighs)) return;
    for (const Target* other : all) {
      if (attempts.tried(*other) || !has_room(*other)) continue;
      if (other->ejection.active() && !picked.ejection.active()) continue;
      EXPECT_LE(picked.near, other->near) << "a nearer one was there";
    }
  }

  /// Exactly those are known that are in the table or have sessions.
  void check_targets() const {
    std::map<std::uint32_t, std::size_t> sessions;
    for (const Client& client : clients_) ++sessions[client.target];
    std::size_t listed = 0;
    for (const auto& target : balancer_.targets()) {
      EXPECT_EQ(target->sessions.size(), sessions[target->id]);
      EXPECT_TRUE(target->in_table || !target->sessions.empty()) << "nobody needs it";
      if (target->in_table) ++listed;
      EXPECT_GT(target->weight, 0);
      EXPECT_LE(target->weight, 1);
    }
    EXPECT_EQ(listed, table_.size());
  }

  Dice dice_;
  Balancer::Options options_;
  bool knows_places_;
  Balancer balancer_;
  std::vector<Backend> table_;
  std::vector<Client> clients_;
  std::uint32_t last_session_ = 0;
  TimePoint now_{std::chrono::hours(1)};
};

TEST(BalancerSimulation, OffersWhoeverMayBeAskedAndNobodyElse) {
  for_each_seed(3000, [](std::uint64_t seed) { Simulation(seed).run(); });
}

/// A client that always comes to the same backend does so whatever else happens, as long as that
/// one may be asked.
TEST(BalancerSimulation, KeepsClientsWhenBackendsFailAndComeBack) {
  for_each_seed(300, [](std::uint64_t seed) {
    Dice dice(seed);
    Balancer balancer({.balance = config::Balance::Source, .seed = seed});
    TimePoint now{std::chrono::hours(1)};
    std::vector<Backend> table;
    const std::size_t count = dice.between(2, 12);
    for (std::uint16_t port = 1; port <= count; ++port) {
      table.push_back({.endpoint = {common::IpAddress::v4(0x0a000001), port},
                       .state = BackendState::Passing,
                       .task = {"test", std::to_string(port)},
                       .app = "/app"});
    }
    balancer.update(table, now);
    Attempts client;
    client.client = dice.number();
    const Target* home = balancer.pick(client, now);
    ASSERT_NE(home, nullptr);
    Target* failing = balancer.find(home->id);
    balancer.failed(*failing, now);
    EXPECT_NE(balancer.pick(client, now), home);
    now += std::chrono::seconds(10);
    balancer.checked(*failing, true, now);
    EXPECT_EQ(balancer.pick(client, now), home);
  });
}

}  // namespace
}  // namespace vipd
