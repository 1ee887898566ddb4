// Plays random histories of a cluster over a bad network, in virtual time, and checks what the
// follower makes of them. A failure prints the seed; SIGNPOST_SIM_SEED=n plays that one alone and
// prints its course, SIGNPOST_SIM_SEEDS=n plays so many.

#include <gmock/gmock.h>

#include <random>
#include <set>

#include "tests/watcher/marathon/fake_marathon.h"
#include "tests/watcher/marathon/world.h"

namespace watcher::marathon {
namespace {

using Duration = std::chrono::nanoseconds;

bool is_serving(TaskState state) {
  return state == TaskState::Running || state == TaskState::Unreachable;
}

enum class Network {
  Bad,   // Loses, doubles, delays and reorders events, fails answers, cuts and silences streams.
  Good,  // Only takes its time, so that events may overtake one another a little.
};
enum class Keep { Problems, Course };

class Simulation {
 public:
  Simulation(std::uint64_t seed, Network network, Keep keep)
      : random_(seed),
        chaos_(network == Network::Bad),
        keep_course_(keep == Keep::Course),
        marathon_([this](std::string event) { send(std::move(event)); }),
        world_(default_options(), {"http://m1:8080", "http://m2:8080"}, seed) {
    world_.sink = [this](const Batch& batch) { check_batch(batch); };
  }

  /// Half a minute of life, then quiet: over a bad network, as long as a full state may take to
  /// repair everything; over a good one, too short for a full state to help.
  void run() {
    const Duration quiet = chaos_ ? 300s : 40s;
    for (int i = 0; i < 3; ++i) write_app();
    after(chance(0.5) ? 0s : 5s, [this] { act(); });
    react();
    play_until(world_.now + 30s);
    chaos_ = active_ = false;
    play_until(world_.now + 5s);
    for (const auto& [id, task] : marathon_.tasks()) marathon_.judge_task(id, true);
    play_until(world_.now + quiet);
    check_convergence();
  }

  const std::vector<std::string>& problems() const { return problems_; }
  const std::vector<std::string>& course() const { return course_; }

 private:
  // ---- Chance and time

  bool chance(double share) { return std::bernoulli_distribution(share)(random_); }
  bool mishap(double share) { return chaos_ && chance(share); }
  Duration between(Duration least, Duration most) {
    return Duration(
        std::uniform_int_distribution<std::int64_t>(least.count(), most.count())(random_));
  }
  Duration latency() { return mishap(0.1) ? between(0s, 5s) : between(0s, 20ms); }

  void after(Duration delay, std::function<void()> what) {
    agenda_.emplace(world_.now + delay, std::move(what));
  }
  void play_until(TimePoint end) {
    while (true) {
      const TimePoint tick = world_.follower.next_tick();
      const TimePoint due = agenda_.empty() ? TimePoint::max() : agenda_.begin()->first;
      if (std::min(tick, due) > end) break;
      world_.now = std::max(world_.now, std::min(tick, due));
      if (due <= tick) {
        const auto what = std::move(agenda_.begin()->second);
        agenda_.erase(agenda_.begin());
        what();
      } else {
        world_.tick();
      }
      react();
    }
    world_.now = end;
  }

  // ---- The network

  /// Takes up whatever the follower wants done.
  void react() {
    if (world_.opened != connection_) connect();
    for (const Get& get : world_.gets) {
      if (taken_.insert(get.id).second) take(get);
    }
    for (; looked_up_ < world_.lookups.size(); ++looked_up_) look_up(world_.lookups[looked_up_]);
  }

  void connect() {
    connection_ = world_.opened;
    subscribed_ = false;
    stuck_ = mishap(0.03);
    if (mishap(0.1)) return on_connection(latency(), [this] { world_.cut(); });
    if (mishap(0.1)) return on_connection(latency(), [this] { world_.head(502, {}); });
    if (mishap(0.1)) {
      return on_connection(latency(), [this] {
        world_.head(302, {{"Location", "http://m3:8080/v2/events"}});
      });
    }
    on_connection(latency(), [this] {
      note("stream opens");
      world_.accept();
      if (mishap(0.1)) return world_.cut();
      subscribed_ = true;  // The head comes first, so events before this are lost.
      send(R"({"eventType":"event_stream_attached"})");
      beat();
    });
  }
  /// Does something later, unless the stream is another by then.
  void on_connection(Duration delay, std::function<void()> what) {
    after(delay, [this, connection = connection_, what = std::move(what)] {
      if (connection == world_.opened && world_.stream) what();
    });
  }
  void beat() {
    on_connection(10s, [this] {
      if (!stuck_) world_.heartbeat();
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
        world_.event(event);
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
    after(latency(), [this, id = get.id, path] {
      Answer answer = marathon_.get(path);
      if (mishap(0.05)) answer = http::Response{503, {}, "busy"};
      if (mishap(0.05)) answer = common::fail(common::ErrorCode::Timeout, "not done in time");
      if (path == "/v2/apps" && mishap(0.1)) answer = http::Response{200, {}, R"({"apps":[]})"};
      after(latency(), [this, id, path, answer] {
        note("answer to " + path);
        if (std::any_of(
                world_.gets.begin(), world_.gets.end(), [&](const Get& g) { return g.id == id; })) {
          world_.answer(id, answer);
        }
      });
    });
  }

  void look_up(const std::string& host) {
    after(latency(), [this, host] {
      if (mishap(0.2)) return world_.resolve(host, common::fail(common::ErrorCode::NotFound, "no"));
      world_.resolve(host, std::vector{address_of(host)});
    });
  }
  static IpAddress address_of(const std::string& host) {
    const auto address = IpAddress::parse(host);
    return address ? *address : *IpAddress::parse("10.1.0." + host.substr(5));
  }

  // ---- The cluster

  void act() {
    if (!active_) return;
    const int what = std::uniform_int_distribution(0, 99)(random_);
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
    } else {
      if (chance(0.3)) marathon_.forget_verdicts();
      if (world_.stream) world_.cut();
    }
    after(between(10ms, 800ms), [this] { act(); });
  }

  void write_app() { marathon_.write_app("/app" + std::to_string(random_() % 5), chance(0.5)); }
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
  std::ptrdiff_t pick(std::size_t size) { return static_cast<std::ptrdiff_t>(random_() % size); }

  // ---- What must hold

  void check_batch(const Batch& batch) {
    for (const Update& update : batch.updates) {
      if (const auto* reset = std::get_if<Reset>(&update)) {
        std::map<std::string, TaskState> next;
        for (const Task& task : reset->tasks) next[task.key.id] = task.state;
        for (const auto& [id, task] : world_.shown) {
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
    const auto shown = world_.shown.find(id);
    if (shown == world_.shown.end() || !is_serving(shown->second.state) || is_serving(next)) return;
    if (!marathon_.tasks().at(id).doomed) problem("dropped the running task " + id);
  }
  void check_fate(const std::string& id, TaskState next) {
    if (ended_.contains(id)) problem("shows " + id + ", which was said to have ended");
    if (doomed_.contains(id) && is_serving(next))
      problem("serves " + id + ", which is being killed");
  }

  void check_convergence() {
    for (const auto& [id, task] : world_.shown) {
      if (!marathon_.tasks().at(id).listed) problem("still shows " + id);
    }
    for (const auto& [id, truth] : marathon_.tasks()) {
      if (truth.listed) check_shown(id, truth);
    }
    if (!world_.follower.status().connected) problem("is not connected");
  }
  void check_shown(const std::string& id, const FakeMarathon::FakeTask& truth) {
    const auto shown = world_.shown.find(id);
    if (shown == world_.shown.end()) return problem("does not show " + id);
    const Task& task = shown->second;
    const auto& app = marathon_.apps().at(truth.app);
    if (task.state != truth.state) problem(id + " is shown as " + world_.shown_state(id));
    if (app.checked && truth.verdict != Health::Unknown && task.health != truth.verdict) {
      problem(id + " is shown as " + world_.shown_state(id));
    }
    if (task.ports.size() != 1 || task.ports.front().port != truth.port ||
        task.ports.front().name != "c" + std::to_string(app.configs.at(truth.version))) {
      problem(id + " has the wrong ports");
    }
    if (task.agent_addresses != std::vector{address_of(truth.host)}) {
      problem(id + " has the wrong address");
    }
  }

  void problem(const std::string& what) {
    note("PROBLEM " + what);
    problems_.push_back(what);
  }
  void note(const std::string& what) {
    if (!keep_course_) return;
    const auto time =
        std::chrono::duration_cast<std::chrono::milliseconds>(world_.now - TimePoint{1000h});
    course_.push_back(fmt::format("{:7} ms  {}", time.count(), what));
  }

  std::mt19937_64 random_;
  bool chaos_;          // Of the network.
  bool active_ = true;  // The cluster changes.
  bool keep_course_;
  std::multimap<TimePoint, std::function<void()>> agenda_;
  std::vector<std::string> problems_;
  std::vector<std::string> course_;
  FakeMarathon marathon_;
  World world_;
  int connection_ = 0;
  bool subscribed_ = false;
  bool stuck_ = false;
  std::set<std::uint64_t> taken_;
  std::size_t looked_up_ = 0;
  std::set<std::string> ended_;   // Tasks whose end the follower was told.
  std::set<std::string> doomed_;  // Tasks whose kill it was told.
};

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

bool passes(std::uint64_t seed, Network network, Keep keep) {
  Simulation simulation(seed, network, keep);
  simulation.run();
  for (const std::string& line : simulation.course()) fmt::print("{}\n", line);
  for (const std::string& problem : simulation.problems()) {
    ADD_FAILURE() << "SIGNPOST_SIM_SEED=" << seed << ": " << problem;
  }
  return simulation.problems().empty();
}

void play(Network network, std::uint64_t seeds) {
  if (std::getenv("SIGNPOST_SIM_SEED")) {
    passes(number_from("SIGNPOST_SIM_SEED", 0), network, Keep::Course);
    return;
  }
  seeds = number_from("SIGNPOST_SIM_SEEDS", seeds);
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    if (!passes(seed, network, Keep::Problems)) return;
  }
}

TEST(Simulation, ConvergesOverABadNetworkAndNeverContradictsWhatItWasTold) {
  play(Network::Bad, 400);
}

TEST(Simulation, NeedsNoFullStateOverAGoodNetwork) { play(Network::Good, 400); }

}  // namespace
}  // namespace watcher::marathon
