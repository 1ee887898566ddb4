// Plays random histories of a cluster of which two sources tell, each late in its own way, and
// checks what the joiner and the catalog make of them. tests/watcher/support/history.h tells how to
// replay one.

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <optional>
#include <set>

#include "tests/watcher/catalog/sample_tasks.h"
#include "tests/watcher/support/history.h"
#include "watcher/catalog/catalog.h"
#include "watcher/catalog/joiner.h"

namespace watcher {
namespace {

using namespace std::chrono_literals;
using testing::Keep;
using testing::Network;

enum Teller : std::size_t { Scheduler, Cluster };
constexpr std::array kNames{"marathon", "mesos"};

/// A bad network cuts a source off for a while; everything is told again then.
class JoinedSimulation final : public testing::History {
 public:
  JoinedSimulation(std::uint64_t seed, Network network, Keep keep) : History(seed, network, keep) {
    begin();
  }

  void run() override {
    act();
    play_for(60s);
    active_ = chaos_ = false;
    for (const Teller teller : {Scheduler, Cluster}) connect(teller);
    play_for(30s);
    check_convergence();
  }

 private:
  struct Truth {
    bool marathons = false;  // Of the framework of which both tell.
    TaskState state = TaskState::Starting;
    bool doomed = false;
  };
  /// What one source knows and tells, in order.
  struct Side {
    bool connected = false;
    int connection = 0;
    TimePoint arrival;  // Of the last update that is under way.
  };

  // ---- Our side

  TimePoint& clock() override { return now_; }
  TimePoint next_tick() override { return TimePoint::max(); }
  void tick() override {}
  void react() override {}

  void begin() {
    joiner_.emplace(Joiner::Options{.framework = "marathon"});
    catalog_.emplace(Catalog::Options{.sources = {kNames[Scheduler], kNames[Cluster]}});
    for (const Teller teller : {Scheduler, Cluster}) connect(teller);
  }
  /// What was saved is told first, by the source under whose name it was shown.
  void restart() {
    if (!catalog_->snapshot().synced) return;
    note("restarts");
    std::array<Reset, 2> saved;
    for (const Teller teller : {Scheduler, Cluster}) saved[teller] = {kNames[teller], {}, true};
    catalog_->snapshot().tasks.for_each([&](const TaskKey& key, const TaskPtr& task) {
      saved[key.source == kNames[Scheduler] ? Scheduler : Cluster].tasks.push_back(*task);
    });
    ended_.clear();
    begin();
    apply({saved[Scheduler], saved[Cluster]});
  }

  void apply(std::vector<Update> updates) {
    catalog_->apply(joiner_->join(std::move(updates)));
    check();
  }

  // ---- The sources

  void connect(Teller teller) {
    Side& side = sides_[teller];
    side.connected = true;
    ++side.connection;
    side.arrival = clock();
    tell(teller, [this, teller] { return std::vector<Update>{everything(teller)}; });
  }
  void cut(Teller teller) {
    note(std::string(kNames[teller]) + " is cut off");
    ++sides_[teller].connection;
    sides_[teller].connected = false;
    after(between(100ms, 10s), [this, teller] {
      if (!sides_[teller].connected) connect(teller);
    });
  }
  /// A source delays what it tells, but never changes the order.
  void tell(Teller teller, std::function<std::vector<Update>()> what) {
    Side& side = sides_[teller];
    if (!side.connected) return;
    side.arrival = std::max(side.arrival, clock() + latency());
    after(side.arrival - clock(), [this, teller, connection = side.connection, news = what()] {
      if (connection != sides_[teller].connection) return;
      remember_ends(teller, news);
      apply(news);
    });
  }
  Reset everything(Teller teller) const {
    Reset reset{kNames[teller], {}};
    for (const auto& [id, truth] : tasks_) {
      if (truth.state == TaskState::Ended || (teller == Scheduler && !truth.marathons)) continue;
      reset.tasks.push_back(task_of(teller, id, truth));
    }
    return reset;
  }
  static Task task_of(Teller teller, const std::string& id, const Truth& truth) {
    Task task = testing::sample_task(id);
    task.framework = truth.marathons ? "marathon" : "chronos";
    task.key = {kNames[teller], id};
    if (teller == Cluster) task.key.scope = *task.framework + "-id";
    task.state = truth.state;
    return task;
  }
  void tell_all(const std::string& id) {
    const Truth& truth = tasks_.at(id);
    note(id + " is " + std::string(to_string(truth.state)));
    for (const Teller teller : {Scheduler, Cluster}) {
      if (teller == Scheduler && !truth.marathons) continue;
      tell(teller, [&]() -> std::vector<Update> {
        Task task = task_of(teller, id, truth);
        if (truth.state == TaskState::Ended) return {Remove{task.key}};
        return {Upsert{std::move(task)}};
      });
    }
  }
  void remember_ends(Teller teller, const std::vector<Update>& news) {
    for (const Update& update : news) {
      if (const auto* remove = std::get_if<Remove>(&update); remove && teller == Cluster) {
        ended_.insert(remove->key.id);
      }
    }
  }

  // ---- The cluster

  void act() {
    if (!active_) return;
    const int what = percent();
    if (what < 40) {
      start_task();
    } else if (what < 55) {
      turn(TaskState::Killing, true);
    } else if (what < 75) {
      turn(TaskState::Ended, true);
    } else if (what < 85) {
      turn(TaskState::Unreachable, false);
    } else if (what < 95) {
      turn(TaskState::Running, false);
    } else if (chaos_ && what < 97) {
      restart();
    } else if (chaos_) {
      cut(chance(0.5) ? Scheduler : Cluster);
    }
    after(between(10ms, 1s), [this] { act(); });
  }
  void start_task() {
    const std::string id = "t" + std::to_string(tasks_.size());
    tasks_[id] = {.marathons = chance(0.6)};
    tell_all(id);
    after(between(0s, 2s), [this, id] { turn(id, TaskState::Running, false); });
  }
  void turn(TaskState state, bool dooms) {
    std::vector<std::string> alive;
    for (const auto& [id, truth] : tasks_) {
      if (truth.state != TaskState::Ended && truth.state != TaskState::Starting) {
        alive.push_back(id);
      }
    }
    if (!alive.empty()) turn(pick_from(alive), state, dooms);
  }
  void turn(const std::string& id, TaskState state, bool dooms) {
    Truth& truth = tasks_.at(id);
    if (truth.state == TaskState::Ended || truth.state == state) return;
    if (truth.doomed && state != TaskState::Ended) return;
    truth.doomed = truth.doomed || dooms;
    truth.state = state;
    tell_all(id);
  }

  // ---- What must hold

  void check() {
    std::set<std::string> shown;
    catalog_->snapshot().tasks.for_each([&](const TaskKey& key, const TaskPtr& task) {
      if (!shown.insert(key.id).second) problem("shows " + *key.id + " twice");
      if (ended_.contains(key.id)) problem("shows " + *key.id + ", which is said to have ended");
      if (is_usable(*task)) serving_.insert(key.id);
    });
    for (auto next = serving_.begin(); next != serving_.end();) {
      const std::string id = *next++;
      if (shown.contains(id)) continue;
      if (!tasks_.at(id).doomed) problem("dropped the running task " + id);
      serving_.erase(id);
    }
  }
  void check_convergence() {
    const auto& shown = catalog_->snapshot().tasks;
    std::size_t alive = 0;
    for (const auto& [id, truth] : tasks_) {
      if (truth.state == TaskState::Ended) continue;
      ++alive;
      const TaskPtr* task =
          shown.find(task_of(truth.marathons ? Scheduler : Cluster, id, truth).key);
      if (task == nullptr) {
        problem("does not show " + id);
      } else if ((*task)->state != truth.state) {
        problem("shows " + id + " as " + std::string(to_string((*task)->state)));
      }
    }
    if (shown.size() != alive) problem("shows tasks that have ended");
  }

  TimePoint now_{1000h};
  std::map<std::string, Truth> tasks_;
  std::array<Side, 2> sides_;
  std::optional<Joiner> joiner_;
  std::optional<Catalog> catalog_;
  std::set<std::string> ended_;    // Whose end the cluster has told.
  std::set<std::string> serving_;  // Shown as such, up to now.
};

void play(Network network, std::uint64_t seeds) {
  testing::play(seeds, [network](std::uint64_t seed, Keep keep) {
    return std::make_unique<JoinedSimulation>(seed, network, keep);
  });
}

TEST(JoinedSimulation, ConvergesThoughSourcesAreCutOffAndWeRestart) { play(Network::Bad, 1000); }
TEST(JoinedSimulation, ConvergesOverAGoodNetwork) { play(Network::Good, 300); }

}  // namespace
}  // namespace watcher
