// Plays random rollouts in virtual time: pools that refuse, hang, vanish or see few clients, an
// operator who interferes, restarts of our own, and a Marathon that is late, locked or out of
// order. tests/common/simulation.h tells how to replay one.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "common/log.h"
#include "rollout/conductor.h"
#include "tests/common/simulation.h"
#include "tests/rollout/pools.h"

namespace rollout {
namespace {

using namespace std::chrono_literals;
using common::Dice;
using common::for_each_seed;
using testing::web;
using watcher::BackendState;

constexpr const char* kBlue = "/blue";
constexpr const char* kGreen = "/green";

/// An app as its Marathon runs it: instances start, pass, and end some time after they were told.
struct Running {
  struct Task {
    std::string id;
    std::uint16_t port = 0;
    TimePoint passes_at;
    std::optional<TimePoint> ends_at = {};
    std::uint64_t sessions = 0;
  };
  std::uint32_t wanted = 0;
  std::vector<Task> tasks;
  TimePoint locked_until;
};

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed) : dice_(seed) {
    snapshot_.synced = true;
    scales_ = dice_.one_in(2);
    deletes_ = scales_ && dice_.one_in(2);
    bad_at_ = dice_.one_in(2) ? now_ + seconds(dice_.between(1, 400)) : TimePoint::max();
    start_app(kBlue, static_cast<std::uint32_t>(dice_.between(1, 5)));
    start_app(kGreen, scales_ ? 1 : static_cast<std::uint32_t>(dice_.between(1, 5)));
    now_ += 10s;
    show();
    restart();
  }

  void run() {
    begin();
    for (int second = 0; second < 1500 && !::testing::Test::HasFailure(); ++second) {
      now_ += 1s;
      serve();
      live();
      show();
      if (dice_.one_in(60)) interfere();
      tick();
      if (dice_.one_in(150)) restart_and_compare();
      if (!conductor_->published().current()->empty() && rollout().is_settled()) break;
    }
    check_end();
  }

 private:
  static std::chrono::seconds seconds(std::size_t count) {
    return std::chrono::seconds(static_cast<std::int64_t>(count));
  }
  const Rollout& rollout() const { return conductor_->published().current()->back(); }

  // ---- Our side

  Conductor::World world() {
    return {.figures = [this](const auto&, const std::string& pool) { return counted_[pool]; },
            .snapshot = [this]() -> const watcher::Snapshot& { return snapshot_; },
            .apply = [this](std::vector<watcher::Update> updates) { apply(updates); },
            .sessions =
                [this](const auto&, const auto& pool, const auto& backend) {
                  for (const auto& task : tasks_of(pool)) {
                    if (task.port == backend.port) return task.sessions;
                  }
                  return std::uint64_t{0};
                },
            .may_scale = [](const std::string&) { return common::Expected<void>(); },
            .order =
                [this](const std::string& source, const Order& order, auto done) {
                  EXPECT_EQ(source, "marathon");
                  carry_out(order, std::move(done));
                }};
  }

  void begin() {
    Plan plan{.vip = web(), .to = kGreen, .from = kBlue, .steps = {10, 50}, .pause = 10s};
    plan.guards.least = 20;
    if (scales_) plan.scale = {"", deletes_, 120s};
    const auto started = conductor_->start(plan, now_);
    ASSERT_TRUE(started) << started.error().message;
    blue_at_first_ = apps_[kBlue].wanted;
    green_at_first_ = apps_[kGreen].wanted;
  }

  void restart() {
    answers_.clear();
    conductor_ = std::make_unique<Conductor>(world());
    if (!note_.empty()) conductor_->restore(note_, now_);
  }

  /// A step begins anew; all else is as it was.
  void restart_and_compare() {
    const Rollout before = rollout();
    const watcher::PoolWeights shares = shares_;
    restart();
    EXPECT_EQ(rollout().state(), before.state());
    EXPECT_EQ(rollout().stage(), before.stage());
    EXPECT_EQ(rollout().percent(), before.percent());
    EXPECT_EQ(rollout().plan(), before.plan());
    EXPECT_EQ(rollout().stored().sizes, before.stored().sizes);
    EXPECT_EQ(shares_, shares) << "a restart is no news for clients";
    if (before.state() != State::Running) {
      EXPECT_EQ(rollout().reason(), before.reason());
    }
  }

  void apply(const std::vector<watcher::Update>& updates) {
    for (const watcher::Update& update : updates) {
      if (const auto* note = std::get_if<watcher::Note>(&update)) note_ = note->text;
      const auto* weights = std::get_if<watcher::Weights>(&update);
      if (weights == nullptr) continue;
      shares_ = weights->pools;
      ++moves_;
      const std::uint32_t green = shares_.at(kGreen);
      EXPECT_EQ(green + shares_.at(kBlue), 100U);
      EXPECT_TRUE(green == 0 || green == 10 || green == 50 || green == 100) << green;
    }
  }

  void tick() {
    const Rollout before = rollout();
    const int moves = moves_;
    const int orders = orders_;
    conductor_->tick(now_);
    const Rollout& after = rollout();
    EXPECT_LE(moves_ - moves, 1) << "one update at a time";
    if (before.state() == State::Paused) {
      EXPECT_EQ(after.state(), State::Paused);
      EXPECT_EQ(moves_, moves) << "it moved while it was paused";
      EXPECT_EQ(orders_, orders) << "it scaled while it was paused";
    }
    if (after.percent() > before.percent()) check_capacity(after);
    if (after.state() == State::Aborted) {
      EXPECT_EQ(shares_.at(kBlue), 100U) << after.reason();
    }
    if (after.state() == State::Running && before.percent() > 0 && is_hopeless(before)) {
      EXPECT_LT(++hopeless_, 40) << "a bad pool keeps its clients";
    } else {
      hopeless_ = 0;
    }
  }

  /// Green refuses everybody, and enough have seen it.
  bool is_hopeless(const Rollout& rollout) const {
    return !snapshot_.restored && rollout.stage() == Stage::Serving && now_ - 60s > bad_at_ &&
           clients_ >= 100 && fault_ == Fault::Refuses;
  }

  void check_capacity(const Rollout& rollout) {
    if (!scales_) return;
    const std::uint32_t need =
        std::max(1U, (rollout.stored().sizes->target * rollout.percent() + 99) / 100);
    EXPECT_GE(passing(kGreen), need) << "clients came before the instances did";
    EXPECT_EQ(apps_[kBlue].wanted, blue_at_first_) << "the way back was cut";
  }

  void interfere() {
    switch (dice_.between(0, 7)) {
      case 0:
        if (conductor_->pause(web(), now_)) break;
        break;
      case 1:
      case 2:
      case 3:
      case 4:
        (void)conductor_->resume(web(), now_);
        break;
      case 5:
        if (!dice_.one_in(4)) break;
        (void)conductor_->abort(web(), now_);
        break;
      case 6:
        EXPECT_EQ(conductor_->weigh({web(), {{kBlue, 7}}}).has_value(), rollout().is_settled());
        break;
      default:
        snapshot_.restored = !snapshot_.restored && dice_.one_in(3);
    }
  }

  void check_end() {
    const Rollout& end = rollout();
    if (end.state() == State::Done) {
      EXPECT_EQ(shares_.at(kGreen), 100U);
      EXPECT_EQ(shares_.at(kBlue), 0U);
      EXPECT_EQ(apps_.contains(kBlue), !deletes_);
      if (scales_ && !deletes_) {
        EXPECT_EQ(apps_.at(kBlue).wanted, 0U);
      }
    }
    const bool was_left = end.reason().find("was not scaled back") != std::string::npos;
    if (end.state() == State::Aborted && end.is_settled()) {
      EXPECT_EQ(apps_[kBlue].wanted, blue_at_first_);
      if (!was_left) {
        EXPECT_LE(apps_[kGreen].wanted, green_at_first_);
      }
    }
  }

  // ---- The world

  /// As many clients as there are, by the shares; each stays for some seconds.
  void serve() {
    if (dice_.one_in(50)) clients_ = dice_.one_in(3) ? dice_.between(0, 3) : 100;
    if (dice_.one_in(200)) fault_ = static_cast<Fault>(dice_.between(0, 2));
    for (const char* pool : {kBlue, kGreen}) {
      std::vector<Running::Task*> takers;
      for (auto& task : tasks_of(pool)) {
        if (task.passes_at <= now_ && !task.ends_at) takers.push_back(&task);
        if (task.sessions > 0 && dice_.one_in(3)) --task.sessions;
      }
      const auto share = shares_.contains(pool) ? shares_.at(pool) : 50U;
      if (takers.empty()) continue;
      const std::size_t come = clients_ * share / 100;
      Figures& figures = counted_[pool];
      const bool bad = pool == kGreen && now_ >= bad_at_;
      figures.attempts += come;
      if (bad && fault_ == Fault::Refuses) {
        figures.failures += come;
        continue;
      }
      figures.sessions += come;
      if (!(bad && fault_ == Fault::Hangs)) figures.answered += come;
      figures.answer_seconds += static_cast<double>(come) * (bad ? 0.5 : 0.002);
      for (std::size_t i = 0; i < come / 10; ++i) ++takers[i % takers.size()]->sessions;
    }
  }

  void start_app(const std::string& app, std::uint32_t instances) {
    apps_[app].wanted = instances;
    while (apps_[app].tasks.size() < instances) start_task(app);
  }
  void start_task(const std::string& app) {
    const std::uint16_t port = ++last_port_;
    apps_[app].tasks.push_back(
        {app + "." + std::to_string(port), port, now_ + seconds(dice_.between(1, 8))});
  }

  void live() {
    for (auto& [name, app] : apps_) {
      std::erase_if(app.tasks,
                    [&](const auto& task) { return task.ends_at && *task.ends_at <= now_; });
      std::size_t alive = 0;
      for (auto& task : app.tasks) {
        if (task.ends_at) continue;
        ++alive;
        if (dice_.one_in(2000)) task.passes_at = now_ + 5s;  // It fails its checks for a while.
      }
      for (; alive < app.wanted; ++alive) start_task(name);
      for (auto& task : app.tasks) {
        if (alive <= app.wanted) break;
        if (task.ends_at) continue;
        task.ends_at = now_ + 3s;
        --alive;
      }
      if (dice_.one_in(100)) app.locked_until = now_ + seconds(dice_.between(1, 20));
    }
    auto due = std::exchange(answers_, {});
    for (auto& [at, answer] : due) {
      if (at <= now_) {
        answer();
      } else {
        answers_.emplace_back(at, std::move(answer));
      }
    }
  }

  void show() {
    std::vector<watcher::Backend> backends;
    for (const auto& [name, app] : apps_) {
      for (const auto& task : app.tasks) {
        watcher::Backend backend;
        backend.endpoint = {common::IpAddress::v4(0x0a000001), task.port};
        backend.task = {"marathon", task.id};
        backend.app = name;
        backend.state = task.ends_at             ? BackendState::Draining
                        : task.passes_at <= now_ ? BackendState::Passing
                                                 : BackendState::Failing;
        backends.push_back(std::move(backend));
      }
    }
    snapshot_.vips.set(web(),
                       std::make_shared<const watcher::Vip>(testing::vip(std::move(backends))));
  }

  std::vector<Running::Task>& tasks_of(const std::string& app) {
    static std::vector<Running::Task> none;
    const auto known = apps_.find(app);
    return known == apps_.end() ? none : known->second.tasks;
  }

  std::size_t passing(const std::string& app) const {
    const auto& tasks = apps_.at(app).tasks;
    return static_cast<std::size_t>(
        std::count_if(tasks.begin(), tasks.end(), [&](const auto& task) {
          return task.passes_at <= now_ && !task.ends_at;
        }));
  }

  /// Carries an order out, or not, and answers at once, late or never; both have nothing to do with
  /// one another.
  void carry_out(const Order& order, std::function<void(Outcome)> done) {
    ++orders_;
    Outcome outcome = obey(order);
    if (outcome.kind == Outcome::Kind::Done && dice_.one_in(10)) {
      outcome = {Outcome::Kind::Failed, "500"};
    }
    if (dice_.one_in(30)) return;
    const TimePoint at = now_ + seconds(dice_.one_in(10) ? dice_.between(1, 70) : 0);
    if (at == now_) return done(outcome);
    answers_.emplace_back(at, [done = std::move(done), outcome] { done(outcome); });
  }

  Outcome obey(const Order& order) {
    if (dice_.one_in(20)) return {Outcome::Kind::Failed, "503"};
    const auto known = apps_.find(order.app);
    if (known == apps_.end()) return {Outcome::Kind::Absent, "404"};
    Running& app = known->second;
    if (order.kind == Order::Kind::Look) return {.app = App{app.wanted}};
    if (app.locked_until > now_) return {Outcome::Kind::Locked, "409"};
    if (order.kind == Order::Kind::Delete) {
      EXPECT_EQ(app.wanted, 0U) << "instances were left";
      apps_.erase(known);
      return {};
    }
    if (order.kind == Order::Kind::Scale) app.wanted = order.instances;
    for (const std::string& id : order.tasks) kill(app, id);
    return {};
  }

  void kill(Running& app, const std::string& id) {
    const auto task = std::find_if(
        app.tasks.begin(), app.tasks.end(), [&](const auto& one) { return one.id == id; });
    if (task == app.tasks.end() || task->ends_at) return;
    if (task->sessions > 0) ++cut_;
    task->ends_at = now_ + 3s;
    --app.wanted;
  }

  enum class Fault : std::uint8_t { Refuses, Hangs, Slow };

  Dice dice_;
  TimePoint now_{1h};
  watcher::Snapshot snapshot_;
  std::map<std::string, Running> apps_;
  std::map<std::string, Figures> counted_;
  std::uint16_t last_port_ = 1000;
  std::size_t clients_ = 100;
  Fault fault_ = Fault::Refuses;
  TimePoint bad_at_;
  bool scales_ = false;
  bool deletes_ = false;
  int hopeless_ = 0;

  watcher::PoolWeights shares_;
  std::string note_;
  int moves_ = 0;
  int orders_ = 0;
  int cut_ = 0;
  std::uint32_t blue_at_first_ = 0;
  std::uint32_t green_at_first_ = 0;
  std::vector<std::pair<TimePoint, std::function<void()>>> answers_;
  std::unique_ptr<Conductor> conductor_;
};

TEST(ConductorSimulation, KeepsToThePlanWhateverHappens) {
  if (!common::is_replay()) common::log::set_level(common::log::Level::Off);
  for_each_seed(1000, [](std::uint64_t seed) { Simulation(seed).run(); });
}

}  // namespace
}  // namespace rollout
