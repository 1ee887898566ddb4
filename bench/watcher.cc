// What does the watcher cost, and how does that grow with the cluster? A Marathon of 1 000, 10 000
// and 100 000 tasks is followed in memory: the follower, the catalog and the zones as they run in
// the control thread, without sockets and probes.
#include <fmt/core.h>
#include <jemalloc/jemalloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>
#include <vector>

#include "config/load.h"
#include "dnsd/zone/zone_builder.h"
#include "watcher/catalog/catalog.h"
#include "watcher/marathon/follower.h"

namespace {

using std::chrono::steady_clock;
using watcher::marathon::Follower;

constexpr int kTasksPerApp = 10;
constexpr int kRounds = 1000;
constexpr const char* kVersion = "2026-01-01T00:00:00.000Z";

/// Nothing happens but what the benchmark plays.
config::Marathon options() {
  config::Marathon options = config::defaults().marathon;
  options.heartbeat_timeout = std::chrono::hours(1);
  options.resync_interval = std::chrono::hours(1);
  options.coalesce = std::chrono::milliseconds(0);
  return options;
}

std::string app_id(int app) { return fmt::format("/shop/team-{}/service-{}", app % 50, app); }

std::string task_id(int app, int task, int life) {
  return fmt::format("shop_team-{}_service-{}.instance-{:08x}-0000-11e9-8000-{:012x}._app.{}",
                     app % 50,
                     app,
                     app,
                     task,
                     life);
}

std::string task_json(int app, int task, int life) {
  const int agent = (app * kTasksPerApp + task) % 4000;
  const std::string host = fmt::format("10.1.{}.{}", agent / 250, 1 + agent % 250);
  return fmt::format(
      R"({{"id":"{}","appId":"{}","host":"{}","ports":[{}],"slaveId":)"
      R"("9f0a3c52-6f0f-4c5a-9a0e-0123456789ab-S{}","state":"TASK_RUNNING","version":"{}",)"
      R"("startedAt":"{}","stagedAt":"{}","ipAddresses":[{{"ipAddress":"{}","protocol":"IPv4"}}],)"
      R"("healthCheckResults":[{{"alive":true,"consecutiveFailures":0}}]}})",
      task_id(app, task, life),
      app_id(app),
      host,
      31000 + life % 1000,
      agent,
      kVersion,
      kVersion,
      kVersion,
      host);
}

/// `life` counts how often the app's first task was replaced.
std::string app_json(int app, int life) {
  std::string tasks;
  for (int task = 0; task < kTasksPerApp; ++task) {
    tasks += (task == 0 ? "" : ",") + task_json(app, task, task == 0 ? life : 1);
  }
  return fmt::format(
      R"({{"id":"{0}","cmd":"./serve","instances":{1},"version":"{2}","labels":{{"owner":"team-{3}",)"
      R"("HAPROXY_GROUP":"external"}},"versionInfo":{{"lastConfigChangeAt":"{2}"}},)"
      R"("healthChecks":[{{"protocol":"MESOS_HTTP"}}],"portDefinitions":[{{"port":0,"name":"http",)"
      R"("protocol":"tcp","labels":{{"VIP_0":"{0}:80"}}}}],"tasks":[{4}]}})",
      app_id(app),
      kTasksPerApp,
      kVersion,
      app % 50,
      tasks);
}

/// How far the work goes: what each part keeps is the difference.
enum class Depth { Source, Catalog, Zones };

/// The control thread's work, driven by hand.
class Watcher {
 public:
  explicit Watcher(Depth depth)
      : depth_(depth),
        follower_(options(), {*http::Url::parse("http://m:8080")}, 1),
        catalog_({.sources = {"marathon"}, .vips = vips()}),
        zones_({}) {
    tick();
  }

  void say(const std::string& event) {
    follower_.stream_bytes("data: " + event + "\r\n\r\n", now());
    carry_out();
  }
  /// Answers the one question that is open; false when there is none.
  bool answer(const std::string& body) {
    const auto id = std::exchange(asked_, std::nullopt);
    if (!id) return false;
    follower_.answered(*id, http::Response{200, {}, body}, now());
    carry_out();
    return true;
  }
  void tick() {
    follower_.tick(now());
    carry_out();
  }

  std::size_t tasks() const { return catalog_.snapshot().tasks.size(); }
  std::uint64_t generation() const { return catalog_.snapshot().generation; }

 private:
  static steady_clock::time_point now() { return steady_clock::now(); }
  static watcher::VipRules vips() {
    watcher::VipRules rules;
    rules.pool = common::Ipv4Prefix::parse("11.0.0.0/8").value();
    return rules;
  }
  void carry_out() {
    for (auto actions = follower_.take_actions(); !actions.empty();
         actions = follower_.take_actions()) {
      for (watcher::Action& action : actions) {
        std::visit([this](auto& what) { perform(what); }, action);
      }
    }
  }
  /// Opens at once, and has no pods and no other leader.
  void perform(watcher::OpenStream&) {
    follower_.stream_head({200, {{"Content-Type", "text/event-stream"}}, ""}, now());
    follower_.stream_bytes("data: {\"eventType\":\"event_stream_attached\"}\r\n\r\n", now());
  }
  void perform(watcher::Get& what) {
    const std::string& target = what.url.target;
    if (target == "/v2/leader" || target == "/v2/pods/::status") {
      follower_.answered(what.id, http::Response{404, {}, "{}"}, now());
    } else {
      asked_ = what.id;
    }
  }
  void perform(watcher::Deliver& what) {
    if (depth_ < Depth::Catalog) return;
    const watcher::Change change = catalog_.apply(std::move(what.batch.updates));
    if (depth_ == Depth::Zones) zones_.apply(change);
  }
  void perform(auto&) {}

  Depth depth_;
  Follower follower_;
  watcher::Catalog catalog_;
  dnsd::ZoneBuilder zones_;
  std::optional<std::uint64_t> asked_;
};

/// Of this process, up to now.
double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

double microseconds(const auto& work) {
  const auto start = steady_clock::now();
  work();
  return std::chrono::duration<double, std::micro>(steady_clock::now() - start).count();
}

struct Times {
  std::vector<double> all;
  double quantile(double share) {
    std::sort(all.begin(), all.end());
    return all[static_cast<std::size_t>(share * static_cast<double>(all.size() - 1))];
  }
};

std::string everything(int apps) {
  std::string body = R"({"apps":[)";
  for (int app = 0; app < apps; ++app) body += (app == 0 ? "" : ",") + app_json(app, 1);
  return body + "]}";
}

/// Bytes that the program holds, in the sizes that the allocator gave for them.
std::size_t allocated() {
  std::uint64_t epoch = 1;
  std::size_t size = sizeof(epoch);
  mallctl("epoch", &epoch, &size, &epoch, size);
  std::size_t bytes = 0;
  size = sizeof(bytes);
  mallctl("stats.allocated", &bytes, &size, nullptr, 0);
  return bytes;
}

/// Bytes per task that a watcher of this depth keeps.
std::size_t memory(Depth depth, int tasks, const std::string& body) {
  const std::size_t before = allocated();
  Watcher watcher(depth);
  watcher.answer(body);
  return (allocated() - before) / static_cast<std::size_t>(tasks);
}

void follow(int tasks) {
  const int apps = tasks / kTasksPerApp;
  const std::string body = everything(apps);
  Watcher watcher(Depth::Zones);
  const double cpu_before = cpu_seconds();
  const double first = microseconds([&] { watcher.answer(body); });
  const double cpu = cpu_seconds() - cpu_before;
  if (watcher.tasks() != static_cast<std::size_t>(tasks)) std::abort();

  Times kill;
  Times replace;
  for (int round = 0; round < kRounds; ++round) {
    const int app = round * 7919 % apps;
    const int life = round / apps + 1;
    const std::string killed = fmt::format(
        R"({{"eventType":"status_update_event","taskId":"{}","appId":"{}","taskStatus":)"
        R"("TASK_KILLED","version":"{}"}})",
        task_id(app, 0, life),
        app_id(app),
        kVersion);
    const std::string answer = R"({"app":)" + app_json(app, life + 1) + "}";
    const auto generation = watcher.generation();
    kill.all.push_back(microseconds([&] { watcher.say(killed); }));
    watcher.tick();
    replace.all.push_back(microseconds([&] { watcher.answer(answer); }));
    if (watcher.generation() != generation + 2) std::abort();
  }
  const std::size_t source = memory(Depth::Source, tasks, body);
  const std::size_t catalog = memory(Depth::Catalog, tasks, body) - source;
  const std::size_t zones = memory(Depth::Zones, tasks, body) - source - catalog;
  fmt::print(
      "{:>8} {:>9.1f} {:>8.2f} {:>8.2f} {:>8} {:>8} {:>8} {:>8.0f} {:>6.0f} {:>10.0f} {:>6.0f}\n",
      tasks,
      static_cast<double>(body.size()) / 1e6,
      first / 1e6,
      cpu,
      source,
      catalog,
      zones,
      kill.quantile(0.5),
      kill.quantile(0.99),
      replace.quantile(0.5),
      replace.quantile(0.99));
}

/// As at a start: what one size leaves in the heap is no matter of the next.
void in_a_process_of_its_own(const auto& work) {
  std::fflush(stdout);
  if (const pid_t child = fork(); child != 0) {
    waitpid(child, nullptr, 0);
    return;
  }
  work();
  std::fflush(stdout);
  std::_Exit(0);
}

}  // namespace

/// With arguments: sizes to measure instead.
int main(int argc, char** argv) {
  fmt::print(
      "Apps of {} tasks with a VIP each. full: from the last byte of GET /v2/apps to publication;\n"
      "kill: from the bytes of TASK_KILLED, replace: from the answer about one app, median and "
      "p99.\n"
      "Bytes per task that the source, the catalog and the zones keep.\n\n",
      kTasksPerApp);
  fmt::print("{:>8} {:>9} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>6} {:>10} {:>6}\n",
             "tasks",
             "answer MB",
             "full s",
             "CPU s",
             "source",
             "catalog",
             "zones",
             "kill us",
             "p99",
             "replace us",
             "p99");
  std::vector<int> sizes{1000, 10'000, 100'000};
  if (argc > 1) sizes.clear();
  for (int i = 1; i < argc; ++i) sizes.push_back(std::max(kTasksPerApp, std::atoi(argv[i])));
  for (const int tasks : sizes) in_a_process_of_its_own([tasks] { follow(tasks); });
}
