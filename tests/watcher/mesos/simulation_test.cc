// Plays random histories of a cluster over a bad network, in virtual time, and checks what the
// follower makes of them: agents that come and go, masters that change, restarts of our own.
// tests/common/simulation.h tells how to replay one.

#include <gmock/gmock.h>

#include <set>

#include "tests/watcher/mesos/fake_mesos.h"
#include "tests/watcher/mesos/world.h"
#include "tests/watcher/support/history.h"

namespace watcher::mesos {
namespace {

using config::MesosMode;
using testing::Keep;
using testing::Network;

bool is_serving(TaskState state) {
  return state == TaskState::Running || state == TaskState::Unreachable;
}

/// A bad network cuts and freezes streams, delays, fails answers, sends garbage, and masters
/// change; on a good one nothing happens without an event.
struct Setup {
  MesosMode mode = MesosMode::Stream;
  Network network = Network::Bad;
};

class Simulation final : public testing::History {
 public:
  Simulation(std::uint64_t seed, Setup setup, Keep keep)
      : History(seed, setup.network, keep),
        mode_(setup.mode),
        mesos_([this](std::string record) { send(std::move(record)); }) {
    begin({});
  }

  /// A minute of life, then quiet: over a bad network as long as a full state may take to repair
  /// everything; over a good one too short for a full state to help.
  void run() override {
    const bool bad = chaos_;
    for (int i = 0; i < 3; ++i) mesos_.add_agent();
    act();
    react();
    play_for(60s);
    active_ = false;
    play_for(30s);  // What was begun ends; over a bad network still.
    chaos_ = false;
    if (restricted_ && world_->stream) world_->cut();
    for (const auto& [id, agent] : mesos_.agents()) mesos_.bring_agent_back(id);
    mesos_.bring_frameworks_back();
    play_for(bad ? 300s : 15s);
    check_convergence();
    play_for(Cluster::kGrace);
    check_nothing_dead(true);
  }

 private:
  // ---- Our side

  TimePoint& clock() override { return world_->now; }
  TimePoint next_tick() override { return world_->follower.next_tick(); }
  void tick() override { world_->tick(); }

  void begin(LastRun last_run) {
    const std::vector<std::string> seeds{"http://10.0.0.1:5050", "http://10.0.0.2:5050"};
    world_ = std::make_unique<World>(default_options(mode_), seeds, random_(), std::move(last_run));
    world_->sink = [this](const Batch& batch) { check_batch(batch); };
    ++run_;
    connection_ = 0;
    taken_.clear();
  }
  /// The process ends, and another begins from what this one saved. It has heard nothing yet.
  void restart() {
    if (!world_->follower.status().synced) return;
    note("restarts");
    LastRun last_run{world_->shown, world_->now + between(0s, 3s)};
    ended_.clear();
    begin(std::move(last_run));
  }
  /// Does something later, unless another run has begun by then.
  void after_in_run(Duration delay, std::function<void()> what) {
    after(delay, [this, run = run_, what = std::move(what)] {
      if (run == run_) what();
    });
  }

  // ---- The network

  /// Takes up whatever the follower wants done.
  void react() override {
    if (world_->opened != connection_) connect();
    for (const Get& get : world_->gets) {
      if (taken_.insert(get.id).second) take(get);
    }
  }

  void connect() {
    connection_ = world_->opened;
    subscribed_ = false;
    restricted_ = mishap(0.1);
    arrival_ = world_->now;
    stuck_ = mishap(0.03);
    if (mishap(0.1)) return on_connection(latency(), [this] { world_->cut(); });
    if (mishap(0.1)) return on_connection(latency(), [this] { world_->head(503); });
    if (mishap(0.1)) {
      return on_connection(latency(), [this] {
        world_->head(307, {{"Location", "//10.0.0.3:5050/master/api/v1"}});
      });
    }
    on_connection(latency(), [this] {
      note("stream opens");
      world_->accept();
      if (mishap(0.1)) return world_->cut();
      subscribed_ = true;
      pass_on(restricted_ ? R"({"type":"SUBSCRIBED","subscribed":{"get_state":{},)"
                            R"("heartbeat_interval_seconds":15}})"
                          : mesos_.subscribed());
      beat();
    });
  }
  /// Does something later, unless the stream is another by then.
  void on_connection(Duration delay, std::function<void()> what) {
    after_in_run(delay, [this, connection = connection_, what = std::move(what)] {
      if (connection == world_->opened && world_->stream) what();
    });
  }
  void beat() {
    pass_on(R"({"type":"HEARTBEAT"})");
    on_connection(15s, [this] { beat(); });
  }

  void send(std::string record) {
    note("event " + record);
    if (restricted_ || !subscribed_) return;
    if (mishap(0.02)) pass_on("{garbage");
    pass_on(std::move(record));
  }
  /// A stream delays, but it never loses and never reorders.
  void pass_on(std::string record) {
    if (stuck_) return;
    arrival_ = std::max(arrival_, world_->now + latency());
    on_connection(arrival_ - world_->now, [this, record = std::move(record)] {
      if (mishap(0.03)) {  // It ends within a record.
        world_->bytes(framed(record).substr(0, random_() % record.size()));
        return world_->cut();
      }
      note("heard " + record.substr(0, 200));
      remember_fate(record);
      world_->record(record);
    });
  }
  void remember_fate(const std::string& record) {
    if (!record.starts_with(R"({"type":"TASK_UPDATED")")) return;
    for (const char* end : {"KILLED\"}}", "FAILED\"}}", "FINISHED\"}}"}) {
      if (!record.ends_with(end)) continue;
      const std::string key = R"("task_id":{"value":")";
      const std::size_t start = record.find(key) + key.size();
      ended_.insert(record.substr(start, record.find('"', start) - start));
    }
  }

  void take(const Get& get) {
    const std::string name = World::name_of(get);
    after_in_run(latency(), [this, id = get.id, name] {
      Answer answer = mesos_.answer(name.ends_with("/state") ? "/state" : name);
      if (restricted_ && name == "GET_STATE") answer = http::Response{200, {}, state_answer({})};
      if (mishap(0.05)) answer = http::Response{503, {}, "busy"};
      if (mishap(0.05)) answer = common::fail(common::ErrorCode::Timeout, "not done in time");
      if (mode_ == MesosMode::Poll && mishap(0.05)) {
        answer = http::Response{307, {{"Location", "//10.0.0.3:5050/master/state"}}, ""};
      }
      after_in_run(latency(), [this, id, name, answer] {
        const auto& gets = world_->gets;
        if (std::any_of(gets.begin(), gets.end(), [&](const Get& g) { return g.id == id; })) {
          note("answer to " + name);
          world_->answer(id, answer);
        }
      });
    });
  }

  // ---- The cluster

  void act() {
    if (!active_) return;
    const int what = percent();
    if (what < 35) {
      start_task();
    } else if (what < 55) {
      if (const auto task = pick_task()) mesos_.judge_task(*task, chance(0.7));
    } else if (what < 68) {
      if (const auto task = pick_task()) kill(*task);
    } else if (what < 75) {
      if (const auto task = pick_task()) mesos_.end_task(*task, "FAILED");
    } else if (what < 82) {
      lose_agent();
    } else if (what < 84) {
      mesos_.add_agent();
    } else if (what < 86) {
      if (mesos_.agents().size() > 1) mesos_.remove_agent(pick_agent());
    } else if (what < 88) {
      mesos_.drain_agent(pick_agent());
    } else if (chaos_ && what < 91) {
      if (const auto task = pick_task()) mesos_.end_silently(*task);
    } else if (chaos_ && what < 94) {
      fail_over();
    } else if (chaos_ && what < 95) {
      restart();
    } else if (chaos_ && world_->stream) {
      world_->cut();
    }
    after(between(10ms, 1s), [this] { act(); });
  }

  void start_task() {
    const std::string agent = pick_agent();
    const bool back = std::exchange(frameworks_away_, false);
    if (back) mesos_.bring_frameworks_back();
    if (!mesos_.agents().at(agent).registered) return;
    const TaskRef ref = mesos_.start_task(chance(0.5) ? "F" : "G", agent, chance(0.5));
    after(between(0s, 2s), [this, ref] { mesos_.run_task(ref); });
    after(between(2s, 4s), [this, ref] { mesos_.judge_task(ref, true); });
  }
  void kill(const TaskRef& ref) {
    mesos_.kill_task(ref, chance(0.6));
    after(between(0s, 3s), [this, ref] { mesos_.end_task(ref, "KILLED"); });
  }
  void lose_agent() {
    const std::string agent = pick_agent();
    mesos_.lose_agent(agent);
    after(between(1s, 20s), [this, agent] { bring_back(agent); });
  }
  void fail_over() {
    note("another master leads");
    if (world_->stream) world_->cut();
    mesos_.fail_over();
    frameworks_away_ = true;
    after(between(1s, 10s), [this] { mesos_.bring_frameworks_back(); });
    for (const auto& [id, agent] : mesos_.agents()) {
      after(between(100ms, 20s), [this, id = id] { bring_back(id); });
    }
  }
  void bring_back(const std::string& agent) {
    if (mesos_.agents().contains(agent)) mesos_.bring_agent_back(agent);
  }

  std::string pick_agent() {
    return std::next(mesos_.agents().begin(), pick(mesos_.agents().size()))->first;
  }
  std::optional<TaskRef> pick_task() {
    std::vector<TaskRef> alive;
    for (const auto& [ref, task] : mesos_.tasks()) {
      if (task.state != TaskState::Ended && !task.doomed) alive.push_back(ref);
    }
    if (alive.empty()) return std::nullopt;
    return alive[static_cast<std::size_t>(pick(alive.size()))];
  }

  // ---- What must hold

  void check_batch(const Batch& batch) {
    for (const Update& update : batch.updates) {
      if (const auto* reset = std::get_if<Reset>(&update)) {
        std::map<TaskRef, TaskState> next;
        for (const Task& task : reset->tasks) next[ref_of(task.key)] = task.state;
        for (const TaskKey& kept : reset->kept)
          next[ref_of(kept)] = world_->shown.at(ref_of(kept)).state;
        for (const auto& [ref, task] : world_->shown) {
          check_change(ref, next.contains(ref) ? next[ref] : TaskState::Ended);
        }
        for (const auto& [ref, state] : next) check_fate(ref);
      } else if (const auto* upsert = std::get_if<Upsert>(&update)) {
        check_change(ref_of(upsert->task.key), upsert->task.state);
        check_fate(ref_of(upsert->task.key));
      } else if (const auto* remove = std::get_if<Remove>(&update)) {
        check_change(ref_of(remove->key), TaskState::Ended);
      }
    }
  }
  static TaskRef ref_of(const TaskKey& key) { return {key.scope, key.id}; }

  /// A serving task stops only for a reason that lies in the cluster.
  void check_change(const TaskRef& ref, TaskState next) {
    note("shows " + ref.id + " " + std::string(to_string(next)));
    const auto shown = world_->shown.find(ref);
    if (shown == world_->shown.end() || !is_serving(shown->second.state) || is_serving(next))
      return;
    const auto& task = mesos_.tasks().at(ref);
    const auto agent = mesos_.agents().find(task.agent);
    const bool drains = agent != mesos_.agents().end() && agent->second.draining;
    // An agent that comes back may tell of a task that has yet to run.
    const bool never_ran =
        shown->second.state == TaskState::Unreachable && next == TaskState::Starting;
    if (!task.doomed && !drains && !never_ran) problem("dropped the running task " + ref.id);
  }
  void check_fate(const TaskRef& ref) {
    if (ended_.contains(ref.id)) problem("shows " + ref.id + ", which was said to have ended");
  }

  /// Tasks of an agent that left while a new master began to lead may be waited for.
  void check_nothing_dead(bool after_grace) {
    for (const auto& [ref, task] : world_->shown) {
      const auto& truth = mesos_.tasks().at(ref);
      if (truth.state != TaskState::Ended) continue;
      const bool may_wait = !mesos_.agents().contains(truth.agent);
      if (after_grace || !may_wait) problem("still shows " + ref.id);
    }
  }
  void check_convergence() {
    check_nothing_dead(false);
    for (const auto& [ref, task] : mesos_.tasks()) {
      if (task.state != TaskState::Ended) check_shown(ref, task);
    }
    if (!world_->follower.status().connected) problem("is not connected");
  }
  void check_shown(const TaskRef& ref, const FakeMesos::FakeTask& truth) {
    const auto shown = world_->shown.find(ref);
    if (shown == world_->shown.end()) return problem("does not show " + ref.id);
    const Task& task = shown->second;
    const auto& agent = mesos_.agents().at(truth.agent);
    const bool drains = agent.draining && truth.state == TaskState::Running;
    const Health health = truth.checked ? truth.verdict : Health::None;
    if (task.state != (drains ? TaskState::Killing : truth.state) || task.health != health) {
      problem(ref.id + " is shown as " + world_->shown_state(ref.id, ref.framework));
    }
    if (task.agent_addresses != std::vector{*IpAddress::parse(agent.address)}) {
      problem(ref.id + " has the wrong address");
    }
  }

  MesosMode mode_;
  FakeMesos mesos_;
  std::unique_ptr<World> world_;
  int run_ = 0;
  int connection_ = 0;
  bool subscribed_ = false;
  bool restricted_ = false;  // This master shows us nothing.
  bool stuck_ = false;
  bool frameworks_away_ = false;
  TimePoint arrival_;  // Of the last record that is under way.
  std::set<std::uint64_t> taken_;
  std::set<std::string> ended_;  // Tasks whose end the follower was told.
};

void play(Setup setup, std::uint64_t seeds) {
  testing::play(seeds, [setup](std::uint64_t seed, Keep keep) {
    return std::make_unique<Simulation>(seed, setup, keep);
  });
}

TEST(Simulation, ConvergesOverABadNetworkAndNeverContradictsWhatItWasTold) {
  play({MesosMode::Stream, Network::Bad}, 300);
}

TEST(Simulation, ConvergesByPollingOverABadNetwork) { play({MesosMode::Poll, Network::Bad}, 300); }

TEST(Simulation, NeedsNoFullStateOverAGoodNetwork) {
  play({MesosMode::Stream, Network::Good}, 300);
}

}  // namespace
}  // namespace watcher::mesos
