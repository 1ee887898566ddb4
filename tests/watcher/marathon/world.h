#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "watcher/marathon/follower.h"

namespace watcher::marathon {

using namespace std::chrono_literals;

inline config::Marathon default_options() {
  config::Marathon options;
  options.framework = "marathon";
  options.request_timeout = 10s;
  options.attach_timeout = 15s;
  options.heartbeat_timeout = 45s;
  options.resync_interval = 120s;
  options.coalesce = 100ms;
  options.max_record_bytes = 1 << 20;
  return options;
}

inline std::vector<http::Url> urls(const std::vector<std::string>& texts) {
  std::vector<http::Url> urls;
  for (const std::string& text : texts) urls.push_back(*http::Url::parse(text));
  return urls;
}

/// What a run before this one left.
struct LastRun {
  std::map<std::string, Task> shown = {};
  TimePoint end{1000h};
};

/// Everything around a follower, in memory and in virtual time. A test plays Marathon by hand:
/// what the follower asks waits in `gets` until it is answered, but for two questions that are
/// answered at once: who leads, and what pods there are.
class World {
 public:
  explicit World(config::Marathon options = default_options(),
                 const std::vector<std::string>& seeds = {"http://m1:8080"},
                 std::uint64_t seed = 1,
                 LastRun last_run = {})
      : now(last_run.end), follower(options, urls(seeds), seed), shown(std::move(last_run.shown)) {
    std::vector<Task> tasks;
    for (const auto& [id, task] : shown) tasks.push_back(task);
    follower.restore(tasks);
    tick();
  }

  // What Marathon does.

  void accept() { head(200, {{"Content-Type", "text/event-stream;charset=utf-8"}}); }
  void head(int status, http::Headers headers) {
    follower.stream_head({status, std::move(headers), ""}, now);
    carry_out();
  }
  void bytes(std::string_view text) {
    follower.stream_bytes(text, now);
    carry_out();
  }
  void event(std::string json) {
    std::replace(json.begin(), json.end(), '\n', ' ');
    bytes("data: " + json + "\r\n\r\n");
  }
  void heartbeat() { bytes("\r\n"); }
  void attached() { event(R"({"eventType":"event_stream_attached"})"); }
  void cut() {
    follower.stream_ended({common::ErrorCode::Unavailable, "the peer ended the stream"}, now);
    carry_out();
  }

  void answer(std::uint64_t id, const Answer& answer) {
    std::erase_if(gets, [&](const Get& get) { return get.id == id; });
    follower.answered(id, answer, now);
    carry_out();
  }
  /// Answers the oldest question whose path, without its query, is this; false if nobody asked.
  bool answer(const std::string& path, const std::string& body, int status = 200) {
    const auto get = find_get(path);
    if (get == gets.end()) return false;
    answer(get->id, http::Response{status, {}, body});
    return true;
  }
  bool fail(const std::string& path) {
    const auto get = find_get(path);
    if (get == gets.end()) return false;
    answer(get->id, common::fail(common::ErrorCode::Timeout, "not done in time"));
    return true;
  }
  void resolve(const std::string& host, const common::Expected<std::vector<IpAddress>>& answer) {
    follower.resolved(host, answer, now);
    carry_out();
  }

  /// From nothing to a follower that is live with this list of apps.
  void sync(const std::string& apps) {
    accept();
    attached();
    answer("/v2/apps", fmt::format(R"({{"apps":[{}]}})", apps));
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

  // What is to be seen.

  std::vector<std::string> asked() const {
    std::vector<std::string> paths;
    for (const Get& get : gets) paths.push_back(get.url.target.substr(0, get.url.target.find('?')));
    return paths;
  }
  /// "running", "killing passing" ... of a shown task; "none" when it is not shown.
  std::string shown_state(const std::string& id) const {
    const auto found = shown.find(id);
    if (found == shown.end()) return "none";
    std::string text(to_string(found->second.state));
    if (found->second.health != Health::None)
      text.append(" ").append(to_string(found->second.health));
    return text;
  }

  Answer leader = http::Response{404, {}, "{}"};  // To GET /v2/leader.
  Answer pods = http::Response{404, {}, "{}"};    // To GET /v2/pods/::status.
  bool is_prompt = true;                          // Answers these two at once.

  TimePoint now;
  Follower follower;
  std::optional<OpenStream> stream;  // The newest that was opened and not dropped.
  int opened = 0;                    // Streams, up to now.
  std::deque<Get> gets;
  std::vector<std::string> lookups;
  std::map<std::string, Task> shown;  // By task id: the catalog as batches made it.
  int resets = 0;
  TimePoint last_heard;  // Of the last batch.
  std::vector<std::string> log;
  std::function<void(const Batch&)> sink;  // Sees every batch; may be empty.

 private:
  std::deque<Get>::iterator find_get(const std::string& path) {
    return std::find_if(gets.begin(), gets.end(), [&](const Get& get) {
      return get.url.target.substr(0, get.url.target.find('?')) == path;
    });
  }
  void carry_out() {
    for (Action& action : follower.take_actions()) {
      std::visit([this](auto& what) { perform(what); }, action);
    }
    if (prompt_.empty()) return;
    const auto [id, given] = prompt_.front();
    prompt_.pop_front();
    follower.answered(id, given, now);
    carry_out();
  }
  void perform(OpenStream& what) {
    stream = std::move(what);
    ++opened;
  }
  void perform(Disconnect&) {
    stream.reset();
    gets.clear();
    prompt_.clear();
  }
  void perform(Get& what) {
    if (!is_prompt) {
      gets.push_back(std::move(what));
    } else if (what.url.target == "/v2/leader") {
      prompt_.emplace_back(what.id, leader);
    } else if (what.url.target == "/v2/pods/::status") {
      prompt_.emplace_back(what.id, pods);
    } else {
      gets.push_back(std::move(what));
    }
  }
  void perform(Resolve& what) { lookups.push_back(what.host); }
  void perform(Log& what) { log.push_back(what.line); }
  void perform(Deliver& what) {
    last_heard = what.batch.heard;
    if (sink) sink(what.batch);
    for (Update& update : what.batch.updates) apply(update);
  }
  void apply(Update& update) {
    if (auto* reset = std::get_if<Reset>(&update)) {
      ++resets;
      std::map<std::string, Task> before = std::exchange(shown, {});
      for (const TaskKey& kept : reset->kept) shown.insert(before.extract(*kept.id));
      for (Task& task : reset->tasks) shown[task.key.id] = std::move(task);
    } else if (auto* upsert = std::get_if<Upsert>(&update)) {
      shown[upsert->task.key.id] = std::move(upsert->task);
    } else if (auto* remove = std::get_if<Remove>(&update)) {
      shown.erase(remove->key.id);
    }
  }

  std::deque<std::pair<std::uint64_t, Answer>> prompt_;  // Answers that are given at once.
};

}  // namespace watcher::marathon
