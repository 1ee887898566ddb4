#pragma once

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/watcher/conformance/persona.h"

namespace watcher::conformance {

using namespace std::chrono_literals;

/// Everything between a follower and the server that a persona plays, in memory and in virtual
/// time.
class Rig {
 public:
  enum class Server {
    Well,
    Down,      // Nobody accepts.
    Mute,      // Accepts, and says nothing more.
    Refusing,  // 401 to all.
    Foreign,   // A web page to all.
  };

  explicit Rig(Persona& persona) : persona_(persona), follower_(persona.make_follower()) {}

  Server server = Server::Well;
  std::chrono::nanoseconds latency{0};  // Of answers.

  // What the network does.

  /// Sends what the server has to tell; nobody hears it where no stream is open.
  void tell() {
    for (const std::string& record : persona_.take_records()) send(record);
  }
  void send(std::string_view bytes) {
    if (stream_ == Stream::Open) hear([&] { follower_->stream_bytes(bytes, now_); });
  }
  void lose_records() { persona_.take_records(); }
  void cut() {
    if (stream_ == Stream::None) return;
    stream_ = Stream::None;
    hear([&] {
      follower_->stream_ended({common::ErrorCode::Unavailable, "the peer ended the stream"}, now_);
    });
  }

  /// Lets time pass; what is due happens when it is.
  void advance(std::chrono::nanoseconds step) {
    const TimePoint end = now_ + step;
    if (!std::exchange(started_, true)) hear([&] { follower_->tick(now_); });
    while (next() <= end) {
      now_ = std::max(now_, next());
      happen();
    }
    now_ = end;
  }
  void settle() { advance(persona_.patience()); }

  // What is to be seen.

  std::set<std::string> shown() const {
    std::set<std::string> ids;
    for (const auto& [id, task] : shown_) {
      if (task.state == TaskState::Running) ids.insert(id);
    }
    return ids;
  }
  const SourceStatus& status() const { return follower_->status(); }
  int batches() const { return batches_; }
  int requests() const { return requests_; }  // Streams and questions, up to now.
  bool has_stream() const { return stream_ == Stream::Open; }
  /// Running tasks that were taken out of service. None ever should be.
  const std::vector<std::string>& dropped() const { return dropped_; }

 private:
  enum class Stream { None, Opening, Open };
  struct Pending {
    Get get;
    TimePoint due;
  };
  static constexpr std::chrono::seconds kBeat{5};

  template <class Input>
  void hear(Input input) {
    input();
    for (Action& action : follower_->take_actions()) {
      std::visit([this](auto& what) { perform(what); }, action);
    }
  }

  void perform(OpenStream&) {
    ++requests_;
    stream_ = Stream::Opening;
  }
  void perform(Disconnect&) {
    stream_ = Stream::None;
    gets_.clear();
  }
  void perform(Get& get) {
    ++requests_;
    const TimePoint due = now_ + (server == Server::Mute ? get.timeout : latency);
    gets_.push_back({std::move(get), due});
  }
  void perform(Resolve& what) { lookups_.push_back(what.host); }
  static void perform(Log&) {}
  void perform(Deliver& what) {
    ++batches_;
    std::set<std::string> down;  // Taken out of service.
    for (Update& update : what.batch.updates) {
      if (auto* reset = std::get_if<Reset>(&update)) {
        down.merge(shown());
        shown_.clear();
        for (Task& task : reset->tasks) put(std::move(task), down);
      } else if (auto* upsert = std::get_if<Upsert>(&update)) {
        put(std::move(upsert->task), down);
      } else if (auto* remove = std::get_if<Remove>(&update)) {
        if (shown_.erase(remove->key.id) > 0) down.insert(remove->key.id);
      }
    }
    if (down.empty()) return;
    const std::set<std::string> running = persona_.running();
    std::set_intersection(
        down.begin(), down.end(), running.begin(), running.end(), std::back_inserter(dropped_));
  }
  void put(Task task, std::set<std::string>& down) {
    Task& shown = shown_[task.key.id];
    const bool was_up = shown.state == TaskState::Running;
    shown = std::move(task);
    if (shown.state == TaskState::Running) {
      down.erase(shown.key.id);
    } else if (was_up) {
      down.insert(shown.key.id);
    }
  }

  TimePoint next() const {
    if (stream_ == Stream::Opening || !lookups_.empty()) return now_;
    TimePoint next = follower_->next_tick();
    for (const Pending& pending : gets_) next = std::min(next, pending.due);
    return stream_ == Stream::Open ? std::min(next, beat_) : next;
  }
  /// One thing that is due.
  void happen() {
    if (stream_ == Stream::Opening) return open();
    if (!lookups_.empty()) return look_up();
    for (auto pending = gets_.begin(); pending != gets_.end(); ++pending) {
      if (pending->due > now_) continue;
      const Get get = std::move(pending->get);
      gets_.erase(pending);
      return hear([&] { follower_->answered(get.id, answer(get), now_); });
    }
    if (stream_ == Stream::Open && beat_ <= now_) {
      beat_ = now_ + kBeat;
      if (server == Server::Well) send(persona_.heartbeat());
    }
    if (follower_->next_tick() <= now_) hear([&] { follower_->tick(now_); });
  }

  void open() {
    if (server == Server::Down) return cut();
    stream_ = Stream::Open;
    beat_ = now_ + kBeat;
    hear([&] { follower_->stream_head(head(), now_); });
    if (stream_ != Stream::Open) return;
    if (server == Server::Foreign) send("<html>\r\n\r\n</html>");
    if (server == Server::Well) send(persona_.greeting());
  }
  void look_up() {
    const std::string host = lookups_.back();
    lookups_.pop_back();
    hear([&] { follower_->resolved(host, std::vector{*IpAddress::parse("10.9.0.1")}, now_); });
  }
  http::Response head() const {
    if (server == Server::Refusing) return {401, {}, ""};
    if (server == Server::Foreign) return {200, {{"Content-Type", "text/html"}}, ""};
    return persona_.head();
  }
  Answer answer(const Get& get) {
    switch (server) {
      case Server::Well:
        return persona_.answer(get);
      case Server::Down:
        return common::fail(common::ErrorCode::Unavailable, "connection refused");
      case Server::Mute:
        return common::fail(common::ErrorCode::Timeout, "not done in time");
      case Server::Refusing:
        return http::Response{401, {}, "{}"};
      case Server::Foreign:
        return http::Response{200, {{"Content-Type", "text/html"}}, "<html></html>"};
    }
    return http::Response{};
  }

  Persona& persona_;
  std::unique_ptr<Follower> follower_;
  TimePoint now_{1000h};
  bool started_ = false;
  Stream stream_ = Stream::None;
  TimePoint beat_;
  std::vector<Pending> gets_;
  std::vector<std::string> lookups_;
  std::map<std::string, Task> shown_;
  std::vector<std::string> dropped_;
  int batches_ = 0;
  int requests_ = 0;
};

}  // namespace watcher::conformance
