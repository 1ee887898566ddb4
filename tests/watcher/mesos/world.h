#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "watcher/mesos/follower.h"

namespace watcher::mesos {

using namespace std::chrono_literals;

inline config::Mesos default_options(config::MesosMode mode = config::MesosMode::Auto) {
  config::Mesos options;
  options.mode = mode;
  options.request_timeout = 10s;
  options.heartbeat_timeout = 45s;
  options.poll_interval = 10s;
  options.resync_interval = 120s;
  options.max_record_bytes = 1 << 20;
  return options;
}

inline std::vector<http::Url> urls(const std::vector<std::string>& texts) {
  std::vector<http::Url> urls;
  for (const std::string& text : texts) urls.push_back(*http::Url::parse(text));
  return urls;
}

/// A record as it stands on the wire.
inline std::string framed(const std::string& record) {
  return std::to_string(record.size()) + "\n" + record;
}

/// What a run before this one left.
struct LastRun {
  std::map<TaskRef, Task> shown = {};
  TimePoint end{1000h};
};

/// Everything around a follower, in memory and in virtual time. A test plays the masters by hand:
/// what the follower asks waits in `gets` until it is answered.
class World {
 public:
  explicit World(config::Mesos options = default_options(),
                 const std::vector<std::string>& seeds = {"http://10.0.0.1:5050"},
                 std::uint64_t seed = 1,
                 LastRun last_run = {})
      : now(last_run.end), follower(options, urls(seeds), seed), shown(std::move(last_run.shown)) {
    std::vector<Task> tasks;
    for (const auto& [ref, task] : shown) tasks.push_back(task);
    follower.restore(tasks);
    tick();
  }

  // What masters do.

  void accept() { head(200, {{"Content-Type", "application/json"}}); }
  void head(int status, http::Headers headers = {}) {
    follower.stream_head({status, std::move(headers), ""}, now);
    carry_out();
  }
  void bytes(std::string_view text) {
    follower.stream_bytes(text, now);
    carry_out();
  }
  void record(const std::string& json) { bytes(framed(json)); }
  void heartbeat() { record(R"({"type":"HEARTBEAT"})"); }
  void cut() {
    follower.stream_ended({common::ErrorCode::Unavailable, "the peer ended the stream"}, now);
    carry_out();
  }
  /// Accepts the stream and sends a SUBSCRIBED with this in its get_state.
  void subscribe(const std::string& state) {
    accept();
    record(R"({"type":"SUBSCRIBED","subscribed":{"get_state":{)" + state +
           R"(},"heartbeat_interval_seconds":15.0}})");
  }

  void answer(std::uint64_t id, const Answer& answer) {
    std::erase_if(gets, [&](const Get& get) { return get.id == id; });
    follower.answered(id, answer, now);
    carry_out();
  }
  /// Answers the oldest question of this name (see asked()); false if nobody asked.
  bool answer(const std::string& name, const std::string& body, int status = 200) {
    return answer_with(name, http::Response{status, {}, body});
  }
  bool fail(const std::string& name) {
    return answer_with(name, common::fail(common::ErrorCode::Timeout, "not done in time"));
  }
  bool answer_with(const std::string& name, const Answer& with) {
    const auto get =
        std::find_if(gets.begin(), gets.end(), [&](const Get& g) { return name_of(g) == name; });
    if (get == gets.end()) return false;
    answer(get->id, with);
    return true;
  }
  void resolve(const std::string& host, const common::Expected<std::vector<IpAddress>>& answer) {
    follower.resolved(host, answer, now);
    carry_out();
  }

  // What whoever watches the election tells.

  void led_by(const std::string& url) {
    follower.led_by(*http::Url::parse(url), now);
    carry_out();
  }
  void no_leader() {
    follower.no_leader(now);
    carry_out();
  }

  // What time does.

  void tick() {
    follower.tick(now);
    carry_out();
  }
  void advance(std::chrono::nanoseconds step) {
    const TimePoint end = now + step;
    while (follower.next_tick() <= end) {
      now = std::max(now, follower.next_tick());
      tick();
    }
    now = end;
  }
  /// The same, while the stream beats.
  void advance_beating(std::chrono::seconds step) {
    for (std::chrono::seconds gone{0}; gone < step; gone += 5s) {
      advance(5s);
      if (stream) heartbeat();
    }
  }

  // What is to be seen.

  /// The type of a call to the operator API, or the path of a page.
  static std::string name_of(const Get& get) {
    const std::string& body = get.request.body;
    if (body.empty()) return get.url.target;
    const std::size_t start = body.find(R"(:")") + 2;
    return body.substr(start, body.find('"', start) - start);
  }
  std::vector<std::string> asked() const {
    std::vector<std::string> names;
    for (const Get& get : gets) names.push_back(name_of(get));
    return names;
  }
  /// "running", "killing passing" ... of a shown task; "none" when it is not shown.
  std::string shown_state(const std::string& id, const std::string& framework = "F") const {
    const auto found = shown.find({framework, id});
    if (found == shown.end()) return "none";
    std::string text(to_string(found->second.state));
    if (found->second.health != Health::None) {
      text.append(" ").append(to_string(found->second.health));
    }
    return text;
  }
  std::vector<std::string> member_ids(Role role) const {
    std::vector<std::string> ids;
    for (const Member& member : members) {
      if (member.role == role) ids.push_back(member.id);
    }
    return ids;
  }
  const Member* member(const std::string& id) const {
    const auto found =
        std::find_if(members.begin(), members.end(), [&](const Member& m) { return m.id == id; });
    return found == members.end() ? nullptr : &*found;
  }

  TimePoint now;
  Follower follower;
  std::optional<OpenStream> stream;  // The newest that was opened and not dropped.
  int opened = 0;                    // Streams, up to now.
  std::deque<Get> gets;
  std::vector<std::string> lookups;
  std::map<TaskRef, Task> shown;  // The catalog as batches made it.
  std::vector<Member> members;
  int resets = 0;
  std::vector<std::string> log;
  std::function<void(const Batch&)> sink;  // Sees every batch; may be empty.

 private:
  void carry_out() {
    for (Action& action : follower.take_actions()) {
      std::visit([this](auto& what) { perform(what); }, action);
    }
  }
  void perform(OpenStream& what) {
    stream = std::move(what);
    ++opened;
  }
  void perform(Disconnect&) {
    stream.reset();
    gets.clear();
  }
  void perform(Get& what) { gets.push_back(std::move(what)); }
  void perform(Resolve& what) { lookups.push_back(what.host); }
  void perform(Log& what) { log.push_back(what.line); }
  void perform(Deliver& what) {
    if (sink) sink(what.batch);
    for (Update& update : what.batch.updates) apply(update);
  }
  void apply(Update& update) {
    if (auto* reset = std::get_if<Reset>(&update)) {
      ++resets;
      std::map<TaskRef, Task> before = std::exchange(shown, {});
      for (const TaskKey& kept : reset->kept) shown.insert(before.extract({kept.scope, kept.id}));
      for (Task& task : reset->tasks) put(std::move(task));
    } else if (auto* upsert = std::get_if<Upsert>(&update)) {
      put(std::move(upsert->task));
    } else if (auto* remove = std::get_if<Remove>(&update)) {
      shown.erase({remove->key.scope, remove->key.id});
    } else if (auto* told = std::get_if<Members>(&update)) {
      members = std::move(told->members);
    }
  }
  void put(Task task) {
    const TaskRef ref{task.key.scope, task.key.id};
    shown[ref] = std::move(task);
  }
};

}  // namespace watcher::mesos
