// Plays random histories of a cluster over a bad network, in virtual time, and checks what the
// follower makes of them: apps and pods, standbys and leaders that change, restarts of our own.
// tests/common/simulation.h tells how to replay one.

#include <gmock/gmock.h>

#include <set>

#include "tests/watcher/marathon/fake_marathon.h"
#include "tests/watcher/marathon/world.h"
#include "tests/watcher/support/history.h"

namespace watcher::marathon {
namespace {

using testing::Keep;
using testing::Network;

bool is_serving(TaskState state) {
  return state == TaskState::Running || state == TaskState::Unreachable;
}

/// A bad network loses, doubles, delays and reorders events, fails answers, cuts and silences
/// streams. A good one only takes its time, so that events may overtake one another a little.
class Simulation final : public testing::History {
 public:
  Simulation(std::uint64_t seed, Network network, Keep keep)
      : History(seed, network, keep),
        marathon_([this](std::string event) { send(std::move(event)); }) {
    begin({});
  }

  /// Half a minute of life, then quiet: over a bad network, as long as a full state may take to
  /// repair everything; over a good one, too short for a full state to help.
  void run() override {
    const Duration quiet = chaos_ ? 300s : 40s;
    for (int i = 0; i < 3; ++i) write_app();
    after(chance(0.5) ? 0s : 5s, [this] { act(); });
    react();
    play_for(30s);
    chaos_ = active_ = false;
    play_for(5s);
    for (const auto& [id, task] : marathon_.tasks()) marathon_.judge_task(id, true);
    play_for(quiet);
    check_convergence();
  }

 private:
  // ---- Our side

  TimePoint& clock() override { return world_->now; }
  TimePoint next_tick() override { return world_->follower.next_tick(); }
  void tick() override { world_->tick(); }

  void begin(LastRun last_run) {
    const std::vector<std::string> seeds{"http://m1:8080", "http://m2:8080"};
    world_ = std::make_unique<World>(default_options(), seeds, random_(), std::move(last_run));
    world_->is_prompt = false;
    world_->sink = [this](const Batch& batch) { check_batch(batch); };
    ++run_;
    connection_ = 0;
    taken_.clear();
    looked_up_ = 0;
  }
  /// The process ends, and another begins from what this one saved. It has heard nothing yet.
  void restart() {
    if (!world_->follower.status().synced) return;
    note("restarts");
    LastRun last_run{world_->shown, world_->now + between(0s, 3s)};
    ended_.clear();
    doomed_.clear();
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
    for (; looked_up_ < world_->lookups.size(); ++looked_up_) look_up(world_->lookups[looked_up_]);
  }

  void connect() {
    connection_ = world_->opened;
    subscribed_ = false;
    stuck_ = mishap(0.03);
    const std::string master = world_->stream->url.host;
    if (mishap(0.1)) return on_connection(latency(), [this] { world_->cut(); });
    if (mishap(0.1)) return on_connection(latency(), [this] { world_->head(502, {}); });
    on_connection(latency(), [this, master] { serve(master); });
  }
  /// A standby redirects, as new versions do, or relays the stream.
  void serve(const std::string& master) {
    if (master != leader_ && chance(0.5)) {
      note(master + " redirects to " + leader_);
      return world_->head(302,
                          {{"Location", "http://" + leader_ + ":8080/v2/events"},
                           {"X-Marathon-Leader", "http://" + leader_ + ":8080"}});
    }
    note("stream opens at " + master);
    world_->accept();
    if (mishap(0.1)) return world_->cut();
    subscribed_ = true;  // The head comes first, so events before this are lost.
    send(R"({"eventType":"event_stream_attached"})");
    beat();
  }
  /// Does something later, unless the stream is another by then.
  void on_connection(Duration delay, std::function<void()> what) {
    after_in_run(delay, [this, connection = connection_, what = std::move(what)] {
      if (connection == world_->opened && world_->stream) what();
    });
  }
  void beat() {
    on_connection(10s, [this] {
      if (!stuck_) world_->heartbeat();
      beat();
    });
  }

  void send(std::string event) {
    note("event " + event);
    if (!subscribed_ || stuck_ || mishap(0.1)) return;
    for (int copies = mishap(0.05) ? 2 : 1; copies > 0; --copies) {
      on_connection(latency(), [this, event] {
        note("heard " + event);
        remember_fate(event);
        world_->event(event);
      });
    }
  }
  void remember_fate(const std::string& event) {
    const auto holds = [&](const char* text) { return event.find(text) != std::string::npos; };
    if (holds("TASK_KILLED") || holds("TASK_FAILED")) ended_.insert(task_of(event));
    if (holds("TASK_KILLING") || holds("_kill_event")) doomed_.insert(task_of(event));
  }
  static std::string task_of(const std::string& event) {
    const std::string key = R"("taskId":")";
    const std::size_t start = event.find(key) + key.size();
    return event.substr(start, event.find('"', start) - start);
  }

  void take(const Get& get) {
    const std::string path = get.url.target.substr(0, get.url.target.find('?'));
    after_in_run(latency(), [this, id = get.id, path] {
      const Answer answer = answer_to(path);
      after_in_run(latency(), [this, id, path, answer] {
        note("answer to " + path);
        const auto& gets = world_->gets;
        if (std::any_of(gets.begin(), gets.end(), [&](const Get& g) { return g.id == id; })) {
          world_->answer(id, answer);
        }
      });
    });
  }
  Answer answer_to(const std::string& path) {
    if (mishap(0.05)) return http::Response{503, {}, "busy"};
    if (mishap(0.05)) return common::fail(common::ErrorCode::Timeout, "not done in time");
    if (path == "/v2/leader") return answer_leader();
    const bool is_young = clock() < leads_since_ + 20s;
    if (is_young && path == "/v2/apps" && mishap(0.3)) {
      return http::Response{200, {}, R"({"apps":[]})"};
    }
    if (is_young && path == "/v2/pods/::status" && mishap(0.3))
      return http::Response{200, {}, "[]"};
    return marathon_.get(path);
  }
  Answer answer_leader() {
    if (mishap(0.2)) return http::Response{404, {}, R"({"message":"There is no leader"})"};
    const std::string leader = mishap(0.1) ? "m9" : leader_;  // Who is dead may still be named.
    return http::Response{200, {}, R"({"leader":")" + leader + R"(:8080"})"};
  }

  void look_up(const std::string& host) {
    after_in_run(latency(), [this, host] {
      if (mishap(0.2))
        return world_->resolve(host, common::fail(common::ErrorCode::NotFound, "no"));
      world_->resolve(host, std::vector{address_of(host)});
    });
  }
  static IpAddress address_of(const std::string& host) {
    const auto address = IpAddress::parse(host);
    return address ? *address : *IpAddress::parse("10.1.0." + host.substr(5));
  }

  // ---- The cluster

  void act() {
    if (!active_) return;
    const int what = percent();
    if (what < 6) {
      write_app();
    } else if (what < 9) {
      delete_app();
    } else if (what < 14) {
      if (const auto app = pick_app()) marathon_.resize_app(*app);
    } else if (what < 40) {
      start_task();
    } else if (what < 60) {
      if (const auto task = pick_task()) marathon_.judge_task(*task, chance(0.7));
    } else if (what < 75) {
      if (const auto task = pick_task()) kill(*task);
    } else if (what < 81) {
      if (const auto task = pick_task()) marathon_.lose_task(*task);
    } else if (what < 87) {
      if (const auto task = pick_task()) marathon_.run_task(*task);
    } else if (what < 90) {
      if (const auto task = pick_task()) marathon_.expunge_task(*task);
    } else if (what < 97 || !chaos_) {
      if (const auto task = pick_task()) marathon_.end_task(*task, "FAILED");
    } else if (what < 98) {
      restart();
    } else if (chance(0.5)) {
      fail_over();
    } else if (world_->stream) {
      world_->cut();
    }
    after(between(10ms, 800ms), [this] { act(); });
  }

  void fail_over() {
    leader_ = "m" + std::to_string(1 + random_() % 3);
    leads_since_ = clock();
    note(leader_ + " leads");
    marathon_.forget_verdicts();
    if (world_->stream) world_->cut();
  }

  void write_app() {
    const std::string kind = chance(0.3) ? "/pod" : "/app";
    marathon_.write_app(kind + std::to_string(random_() % 4), chance(0.5));
  }
  void delete_app() {
    const auto app = pick_app();
    if (!app) return;
    marathon_.delete_app(*app);
    for (const auto& [id, task] : marathon_.tasks()) {
      if (task.app == *app) kill(id);
    }
  }
  void start_task() {
    const auto app = pick_app();
    if (!app) return;
    const std::string id = marathon_.start_task(*app, chance(0.5));
    after(between(0s, 2s), [this, id] { marathon_.run_task(id); });
    if (marathon_.apps().at(*app).checked) {
      after(between(2s, 4s), [this, id] { marathon_.judge_task(id, true); });
    }
  }
  void kill(const std::string& id) {
    using Warning = FakeMarathon::Warning;
    const Warning warning = chance(0.6)   ? Warning::Killing
                            : chance(0.5) ? Warning::Announcement
                                          : Warning::None;
    marathon_.doom_task(id, warning);
    after(between(0s, 3s), [this, id] { marathon_.end_task(id, "KILLED"); });
  }

  std::optional<std::string> pick_app() {
    if (marathon_.apps().empty()) return std::nullopt;
    return std::next(marathon_.apps().begin(), pick(marathon_.apps().size()))->first;
  }
  std::optional<std::string> pick_task() {
    std::vector<std::string> alive;
    for (const auto& [id, task] : marathon_.tasks()) {
      if (task.state != TaskState::Ended && !task.doomed) alive.push_back(id);
    }
    if (alive.empty()) return std::nullopt;
    return alive[static_cast<std::size_t>(pick(alive.size()))];
  }

  // ---- What must hold

  void check_batch(const Batch& batch) {
    for (const Update& update : batch.updates) {
      if (const auto* reset = std::get_if<Reset>(&update)) {
        std::map<std::string, TaskState> next;
        for (const Task& task : reset->tasks) next[task.key.id] = task.state;
        for (const TaskKey& kept : reset->kept) next[kept.id] = world_->shown.at(kept.id).state;
        for (const auto& [id, task] : world_->shown) {
          check_change(id, next.contains(id) ? next[id] : TaskState::Ended);
        }
        for (const auto& [id, state] : next) check_fate(id, state);
      } else if (const auto* upsert = std::get_if<Upsert>(&update)) {
        check_change(upsert->task.key.id, upsert->task.state);
        check_fate(upsert->task.key.id, upsert->task.state);
      } else if (const auto* remove = std::get_if<Remove>(&update)) {
        check_change(remove->key.id, TaskState::Ended);
      }
    }
  }
  /// A serving task stops only for a reason that lies in the cluster.
  void check_change(const std::string& id, TaskState next) {
    note("shows " + id + " " + std::string(to_string(next)));
    const auto shown = world_->shown.find(id);
    if (shown == world_->shown.end() || !is_serving(shown->second.state) || is_serving(next))
      return;
    if (!marathon_.tasks().at(id).doomed) problem("dropped the running task " + id);
  }
  void check_fate(const std::string& id, TaskState next) {
    if (ended_.contains(id)) problem("shows " + id + ", which was said to have ended");
    if (doomed_.contains(id) && is_serving(next))
      problem("serves " + id + ", which is being killed");
  }

  void check_convergence() {
    for (const auto& [id, task] : world_->shown) {
      if (!marathon_.tasks().at(id).listed) problem("still shows " + id);
    }
    for (const auto& [id, truth] : marathon_.tasks()) {
      if (truth.listed) check_shown(id, truth);
    }
    if (!world_->follower.status().connected) problem("is not connected");
  }
  void check_shown(const std::string& id, const FakeMarathon::FakeTask& truth) {
    const auto shown = world_->shown.find(id);
    if (shown == world_->shown.end()) return problem("does not show " + id);
    const Task& task = shown->second;
    const auto& app = marathon_.apps().at(truth.app);
    if (task.state != truth.state) problem(id + " is shown as " + world_->shown_state(id));
    if (app.checked && truth.verdict != Health::Unknown && task.health != truth.verdict) {
      problem(id + " is shown as " + world_->shown_state(id));
    }
    if (task.ports.size() != 1 || task.ports.front().port != truth.port ||
        task.ports.front().name != "c" + std::to_string(app.configs.at(truth.version))) {
      problem(id + " has the wrong ports");
    }
    if (task.agent_addresses != std::vector{address_of(truth.host)}) {
      problem(id + " has the wrong address");
    }
  }

  FakeMarathon marathon_;
  std::string leader_ = "m3";
  TimePoint leads_since_{1000h};
  std::unique_ptr<World> world_;
  int run_ = 0;
  int connection_ = 0;
  bool subscribed_ = false;
  bool stuck_ = false;
  std::set<std::uint64_t> taken_;
  std::size_t looked_up_ = 0;
  std::set<std::string> ended_;   // Tasks whose end the follower was told.
  std::set<std::string> doomed_;  // Tasks whose kill it was told.
};

void play(Network network, std::uint64_t seeds) {
  testing::play(seeds, [network](std::uint64_t seed, Keep keep) {
    return std::make_unique<Simulation>(seed, network, keep);
  });
}

TEST(Simulation, ConvergesOverABadNetworkAndNeverContradictsWhatItWasTold) {
  play(Network::Bad, 600);
}

TEST(Simulation, NeedsNoFullStateOverAGoodNetwork) { play(Network::Good, 400); }

}  // namespace
}  // namespace watcher::marathon
