// Replays what real Mesos masters put on their streams, and compares what comes of it with the
// snapshots that were taken at the same moments. These are read here by other means than ours.

#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <random>
#include <sstream>

#include "tests/watcher/marathon/fixtures.h"
#include "tests/watcher/mesos/world.h"

namespace watcher::mesos {
namespace {

using marathon::fixture_path;
using marathon::list_fixtures;
using marathon::read_fixture;

config::Mesos recorded_options() {
  config::Mesos options = default_options();
  options.max_record_bytes = 8 << 20;
  return options;
}

// ---- What a snapshot says

std::string text_of(const boost::json::object& object, const char* key) {
  const auto* value = object.if_contains(key);
  return value == nullptr || !value->is_string() ? "" : std::string(value->get_string().c_str());
}
std::string value_of(const boost::json::object& object, const char* key) {
  const auto* value = object.if_contains(key);
  return value == nullptr ? "" : text_of(value->as_object(), "value");
}

const std::map<std::string, std::string> kWords{{"TASK_STAGING", "starting"},
                                                {"TASK_STARTING", "starting"},
                                                {"TASK_RUNNING", "running"},
                                                {"TASK_KILLING", "killing"},
                                                {"TASK_UNREACHABLE", "unreachable"},
                                                {"TASK_LOST", "unreachable"}};

/// The newest word about its health, or what its absence means.
std::string health_in(const boost::json::object& task) {
  std::string word = task.contains("health_check") ? " unknown" : "";
  const auto* statuses = task.if_contains("statuses");
  double newest = 0;
  for (const auto& status : statuses ? statuses->as_array() : boost::json::array{}) {
    const auto* healthy = status.as_object().if_contains("healthy");
    const double when = status.at("timestamp").to_number<double>();
    if (healthy == nullptr || when < newest) continue;
    newest = when;
    word = healthy->as_bool() ? " passing" : " failing";
  }
  return word;
}

using States = std::map<std::string, std::string>;

/// "framework task" -> "running passing", of a GET_STATE body.
States states_in(const std::string& body) {
  States states;
  const auto root = boost::json::parse(body);
  const auto& tasks = root.at("get_state").at("get_tasks").as_object();
  for (const char* list : {"tasks", "launched_tasks", "unreachable_tasks"}) {
    if (!tasks.contains(list)) continue;
    for (const auto& entry : tasks.at(list).as_array()) {
      const auto& task = entry.as_object();
      const auto word = kWords.find(text_of(task, "state"));
      if (word == kWords.end()) continue;  // It has ended; its scheduler has not heard so yet.
      states[value_of(task, "framework_id") + " " + value_of(task, "task_id")] =
          word->second + health_in(task);
    }
  }
  return states;
}

States states_shown(const World& world) {
  States states;
  for (const auto& [ref, task] : world.shown) {
    states[ref.framework + " " + ref.id] = world.shown_state(ref.id, ref.framework);
  }
  return states;
}

/// Tasks on agents a stream never knew are told of, and cannot be shown.
States without_unreachable(States states) {
  std::erase_if(states, [](const auto& entry) { return entry.second.starts_with("unreachable"); });
  return states;
}

// ---- Recordings

struct Moment {
  std::string name;  // "m1-running"
  double when = 0;
};

std::vector<std::string> runs() {
  std::vector<std::string> names;
  std::error_code none;
  for (const auto& run : std::filesystem::directory_iterator(fixture_path("mesos-live"), none)) {
    if (run.is_directory()) names.push_back("mesos-live/" + run.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<Moment> moments_of(const std::string& run) {
  std::vector<Moment> moments;
  std::istringstream lines(read_fixture(run + "/scenario.log.tsv"));
  for (std::string line; std::getline(lines, line);) {
    const std::string mark = "snapshot ";
    const std::size_t at = line.find(mark);
    if (at != std::string::npos) {
      moments.push_back({line.substr(at + mark.size()), std::stod(line)});
    }
  }
  return moments;
}

/// When the octets of a stream came.
struct Timeline {
  struct Read {
    double when = 0;
    std::size_t octets = 0;  // Up to here.
  };
  std::vector<Read> reads;
  double end = 0;

  explicit Timeline(const std::string& stream) {
    std::istringstream lines(read_fixture(stream.substr(0, stream.size() - 9) + ".timeline.tsv"));
    double start = 0;
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("# t0_unix=")) {
        start = std::stod(line.substr(10));
      } else if (line.starts_with("# ")) {
        end = start + std::stod(line.substr(2));
      } else if (!line.empty()) {
        std::istringstream columns(line);
        double seconds = 0;
        std::size_t offset = 0;
        std::size_t size = 0;
        std::size_t total = 0;
        columns >> seconds >> offset >> size >> total;
        reads.push_back({start + seconds, total});
      }
    }
  }

  /// What had come at about the time: the snapshot took a moment to be asked for and to be made.
  std::vector<std::size_t> octets_around(double when) const {
    std::vector<std::size_t> octets;
    if (reads.empty() || when < reads.front().when || when > end) return octets;
    for (const Read& read : reads) {
      if (read.when <= when) octets.assign(1, read.octets);
      if (read.when > when && read.when <= when + 0.5) octets.push_back(read.octets);
    }
    return octets;
  }
};

std::vector<std::string> json_streams() {
  std::vector<std::string> streams;
  for (const std::string& run : runs()) {
    for (const std::string& stream : list_fixtures(run, ".recordio")) {
      if (stream.find("protobuf") == std::string::npos) streams.push_back(stream);
    }
  }
  for (const std::string& stream : list_fixtures("mesos", ".recordio")) streams.push_back(stream);
  return streams;
}

/// A world whose follower has been sent these bytes, in pieces of at most `most` octets.
std::unique_ptr<World> fed(const std::string& bytes, std::size_t most, std::uint64_t seed = 1) {
  auto world = std::make_unique<World>(recorded_options());
  std::mt19937_64 random(seed);
  world->accept();
  for (std::string_view rest = bytes; !rest.empty();) {
    const std::string_view piece = rest.substr(0, most == 1 ? 1 : 1 + random() % most);
    world->bytes(piece);
    rest.remove_prefix(piece.size());
  }
  return world;
}

/// Only what a stream may tell wrong: ports that no DiscoveryInfo should hold.
void expect_only_ports_rejected(const World& world) {
  for (const std::string& line : world.log) {
    if (line.find("skipped") == std::string::npos) continue;
    EXPECT_NE(line.find("discovery port"), std::string::npos) << line;
  }
}

void expect_snapshot(const World& world, const States& snapshot) {
  const States shown = states_shown(world);
  EXPECT_EQ(without_unreachable(shown), without_unreachable(snapshot));
  for (const auto& [task, state] : shown) {
    EXPECT_EQ(snapshot.contains(task) ? snapshot.at(task) : "none", state) << task;
  }
}

TEST(Replay, ShowsAtEachMomentWhatTheSnapshotOfItSays) {
  const auto found = runs();
  SKIP_WITHOUT_FIXTURES(found);
  int compared = 0;
  for (const std::string& stream : json_streams()) {
    if (stream.find("restricted") != std::string::npos) continue;  // It was shown nothing.
    const std::string run = stream.substr(0, stream.rfind('/'));
    const std::string bytes = read_fixture(stream);
    const Timeline timeline(stream);
    for (const Moment& moment : moments_of(run)) {
      const auto octets = timeline.octets_around(moment.when);
      const std::string body = read_fixture(run + "/http/" + moment.name + ".GET_STATE.json");
      if (octets.empty() || body.empty()) continue;
      SCOPED_TRACE(stream + " at " + moment.name);
      const States snapshot = states_in(body);
      auto world = fed(bytes.substr(0, octets.front()), 4096);
      for (const std::size_t more : octets) {
        if (without_unreachable(states_shown(*world)) == without_unreachable(snapshot)) break;
        world = fed(bytes.substr(0, more), 4096);
      }
      expect_snapshot(*world, snapshot);
      expect_only_ports_rejected(*world);
      ++compared;
    }
  }
  EXPECT_GE(compared, 20);
}

TEST(Replay, MakesTheSameOfAStreamHoweverItIsSliced) {
  const auto streams = json_streams();
  SKIP_WITHOUT_FIXTURES(streams);
  for (const std::string& stream : streams) {
    SCOPED_TRACE(stream);
    const std::string bytes = read_fixture(stream);
    const auto whole = fed(bytes, bytes.size());
    const auto single = fed(bytes, 1);
    EXPECT_EQ(single->shown, whole->shown);
    EXPECT_EQ(single->members, whole->members);
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      EXPECT_EQ(fed(bytes, 3000, seed)->shown, whole->shown) << "seed " << seed;
    }
    EXPECT_TRUE(whole->follower.status().synced);
  }
}

/// A SUBSCRIBED that holds what a GET_STATE answered.
std::string subscribed_with(const std::string& body) {
  const std::string key = "\"get_state\":";
  const std::string state = body.substr(body.find(key));
  return R"({"type":"SUBSCRIBED","subscribed":{)" + state.substr(0, state.rfind('}')) +
         R"(,"heartbeat_interval_seconds":15.0}})";
}

TEST(Replay, EndsInTheSnapshotWhereverItsStreamIsCut) {
  const auto found = runs();
  SKIP_WITHOUT_FIXTURES(found);
  std::mt19937_64 random(7);
  for (const std::string& stream : json_streams()) {
    const std::string run = stream.substr(0, stream.rfind('/'));
    const std::string bytes = read_fixture(stream);
    const Timeline timeline(stream);
    for (const Moment& moment : moments_of(run)) {
      const auto octets = timeline.octets_around(moment.when);
      const std::string body = read_fixture(run + "/http/" + moment.name + ".GET_STATE.json");
      if (octets.empty() || body.empty()) continue;
      for (int i = 0; i < 5; ++i) {
        const std::size_t cut = random() % octets.front();
        SCOPED_TRACE(stream + " cut at " + std::to_string(cut) + " until " + moment.name);
        const auto world = fed(bytes.substr(0, cut), 4096);
        world->cut();
        world->advance(1s);
        world->accept();
        world->record(subscribed_with(body));
        world->advance(Cluster::kGrace);
        expect_snapshot(*world, states_in(body));
      }
    }
  }
}

// ---- The same moment, by /state

/// What both APIs tell; the older one tells no pid of an agent that only recovers, and a leader.
std::map<TaskRef, Task> shown_of_page(const std::string& page) {
  World world(default_options(config::MesosMode::Poll));
  EXPECT_TRUE(world.answer("/state", page));
  return world.shown;
}

TEST(Replay, ShowsTheSameByStateAndByTheOperatorApi) {
  const auto found = runs();
  SKIP_WITHOUT_FIXTURES(found);
  int compared = 0;
  for (const std::string& run : found) {
    for (const std::string& name : list_fixtures(run + "/http", ".GET_STATE.json")) {
      const std::string stem = name.substr(0, name.size() - std::string(".GET_STATE.json").size());
      const std::string page = read_fixture(stem + ".state.json");
      if (page.empty()) continue;
      SCOPED_TRACE(stem);
      World world(recorded_options());
      world.accept();
      world.record(subscribed_with(read_fixture(name)));
      world.answer("GET_AGENTS", read_fixture(stem + ".GET_AGENTS.json"));
      EXPECT_EQ(shown_of_page(page), world.shown);
      ++compared;
    }
  }
  EXPECT_GE(compared, 20);
}

TEST(Replay, ReadsTheStatePagesOfEveryVersion) {
  struct Expectation {
    const char* file;
    std::size_t running;
  };
  // Running tasks; the first page has one of them twice.
  for (const auto& [file, running] :
       {Expectation{"mesos-dns/mesos-dns-fake.json", 8},
        Expectation{"mesos-dns/dcos-ui-mesos-0.22-131tasks.json", 131},
        Expectation{"mesos-dns/dcos-ui-mesos-0.23.json", 1},
        Expectation{"mesos-dns/dcos-ui-mesos-0.27.json", 4},
        Expectation{"mesos-dns/dcos-ui-mesos-1.2.json", 3}}) {
    const std::string page = read_fixture(file);
    SKIP_WITHOUT_FIXTURES(page);
    EXPECT_EQ(shown_of_page(page).size(), running) << file;
  }
}

// ---- Other sources of input

TEST(Replay, ReadsWhatTheDocumentationShows) {
  const auto events = list_fixtures("mesos", ".json");
  SKIP_WITHOUT_FIXTURES(events);
  for (const std::string& file : events) {
    const std::string body = read_fixture(file);
    SCOPED_TRACE(file);
    if (file.find("doc-event-") != std::string::npos) {
      const auto event = parse_event(body);
      ASSERT_TRUE(event) << event.error().message;
      EXPECT_FALSE(std::holds_alternative<Unknown>(*event));
    }
  }
  const auto state = parse_get_state(read_fixture("mesos/doc-get_state.json"));
  ASSERT_TRUE(state);
  EXPECT_FALSE(state->agents.empty());
  EXPECT_TRUE(state->rejected.empty());
}

TEST(Replay, RefusesTheStateOfAnAgent) {
  const std::string folder = "dcos/mesos-state";
  const auto files = list_fixtures(folder, ".json");
  SKIP_WITHOUT_FIXTURES(files);
  for (const std::string& file : files) {
    const std::string page = read_fixture(file);
    World world(default_options(config::MesosMode::Poll));
    world.answer("/state", page);
    const bool is_masters = page.find("\"slaves\"") != std::string::npos;
    const bool goes_to_leader = world.asked() == std::vector<std::string>{"/state"};
    EXPECT_EQ(world.follower.status().synced || goes_to_leader, is_masters)
        << file << ": " << world.follower.status().last_error;
  }
}

// ---- DC/OS

std::string stream_of_lines(const std::string& lines) {
  std::istringstream input(lines);
  std::string stream;
  for (std::string line; std::getline(input, line);) {
    if (!line.empty()) stream += framed(line);
  }
  return stream;
}

TEST(Replay, FollowsTheStreamsOfDcos) {
  for (const char* name :
       {"hello-overlay", "hello-world", "operator-api", "pod-tasks", "recovered-agents"}) {
    const std::string lines =
        read_fixture(std::string("dcos/mesos-operator-api/") + name + ".json");
    SKIP_WITHOUT_FIXTURES(lines);
    SCOPED_TRACE(name);
    const std::string stream = stream_of_lines(lines);
    const auto world = fed(stream, stream.size());
    EXPECT_TRUE(world->follower.status().synced) << world->follower.status().last_error;
    EXPECT_EQ(fed(stream, 1)->shown, world->shown);
    expect_only_ports_rejected(*world);
  }
}

TEST(Replay, ReadsTheSnapshotsOfDcos) {
  for (const char* name : {"vip-labels", "tcp-and-udp", "unhealthy", "dns-hostname"}) {
    const std::string body = read_fixture(std::string("dcos/mesos-operator-api/") + name + ".json");
    SKIP_WITHOUT_FIXTURES(body);
    SCOPED_TRACE(name);
    World world(recorded_options());
    world.accept();
    world.record(subscribed_with(body));
    EXPECT_EQ(states_shown(world), states_in(body));
  }
}

// ---- What masters answer that do not lead

/// The head of a recorded answer.
http::Response head_in(const std::string& exchange) {
  http::Response head;
  std::istringstream lines(exchange.substr(exchange.find("HTTP/1.1 ")));
  std::string line;
  std::getline(lines, line);
  head.status = std::stoi(line.substr(9));
  while (std::getline(lines, line) && line.size() > 1) {
    if (line.ends_with('\r')) line.pop_back();
    const std::size_t colon = line.find(": ");
    head.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  return head;
}

TEST(Replay, FollowsTheRedirectsOfRealMasters) {  // Fact 19.
  const std::string folder = "mesos-live/run3-zk/http/";
  const std::string subscribe = read_fixture(folder + "nonleader.api-subscribe.txt");
  SKIP_WITHOUT_FIXTURES(subscribe);
  World world;
  const http::Response head = head_in(subscribe);
  EXPECT_EQ(head.status, 307);
  world.head(head.status, head.headers);
  ASSERT_TRUE(world.stream);
  EXPECT_EQ(world.stream->url.authority(), "master1.mesos.test:5050");
  World polling(default_options(config::MesosMode::Poll));
  polling.answer_with("/state", head_in(read_fixture(folder + "nonleader.state.txt")));
  ASSERT_EQ(polling.gets.size(), 1u);
  EXPECT_EQ(polling.gets.front().url.authority(), "master1.mesos.test:5050");
}

TEST(Replay, WaitsWhileRealMastersHaveNoLeader) {  // Fact 19.
  const std::string folder = "mesos-live/run3-zk/http/";
  for (const char* name : {"no-leader-yet-0", "no-leader-yet-2"}) {
    const std::string subscribe = read_fixture(folder + name + ".api-subscribe.txt");
    SKIP_WITHOUT_FIXTURES(subscribe);
    World world;
    const http::Response head = head_in(subscribe);
    world.head(head.status, head.headers);
    if (head.status == 503) {
      EXPECT_FALSE(world.stream);
    }
    world.advance(200ms);
    EXPECT_TRUE(world.stream);
  }
}

// ---- Failover

TEST(Replay, DropsNoTaskWhileAMasterRestarts) {
  const std::string run = "mesos-live/run2-agents-and-masters/";
  const std::string before = read_fixture(run + "01-json-second.recordio");
  const std::string after = read_fixture(run + "10-json-after-master-restart.recordio");
  SKIP_WITHOUT_FIXTURES(before);
  const auto world = fed(before, before.size());
  const States known = states_shown(*world);
  world->cut();
  world->advance(1s);
  world->accept();
  RecordioParser parser(1 << 20);
  std::size_t records = 0;
  bool ends = false;  // From the removal of the framework that did not come back on.
  const auto fed_on = parser.feed(after, [&](std::string_view record) {
    ends = ends || record.find("TASK_KILLED") != std::string_view::npos;
    if (ends) return;
    world->record(std::string(record));
    for (const auto& [task, state] : known) {
      EXPECT_TRUE(states_shown(*world).contains(task)) << task << " after record " << records;
    }
    ++records;
  });
  EXPECT_TRUE(fed_on);
  EXPECT_GT(records, 10u);
}

TEST(Replay, KeepsTheCatalogWhenAPrincipalMaySeeNothing) {  // Fact 21.
  const std::string run = "mesos-live/run6-auth/";
  const std::string all = read_fixture(run + "00-json-all.recordio");
  const std::string restricted = read_fixture(run + "01-json-restricted-principal.recordio");
  SKIP_WITHOUT_FIXTURES(all);
  auto world = fed(all.substr(0, all.find("TASK_KILLED")), 4096);
  const std::size_t known = world->shown.size();
  ASSERT_GT(known, 0u);
  world->cut();
  world->advance(1s);
  world->accept();
  world->bytes(restricted);
  world->advance_beating(1h);
  EXPECT_EQ(world->shown.size(), known);
  EXPECT_THAT(world->log, testing::Contains(testing::HasSubstr("may see")));
}

}  // namespace
}  // namespace watcher::mesos
