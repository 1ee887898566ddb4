#pragma once

#include <algorithm>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/watcher/conformance/persona.h"
#include "tests/watcher/conformance/stage.h"
#include "tests/watcher/support/shown.h"

namespace watcher::conformance {

using namespace std::chrono_literals;

/// Everything between a follower and the server that a persona plays, in memory and in virtual
/// time.
class Rig final : public Stage {
 public:
  explicit Rig(std::unique_ptr<Persona> persona)
      : persona_(std::move(persona)), follower_(persona_->make_follower()) {}

  std::chrono::nanoseconds latency{0};  // Of answers.

  Persona& persona() { return *persona_; }
  std::string start_task() override { return persona_->start_task(); }
  void end_task(const std::string& id) override { persona_->end_task(id); }
  std::set<std::string> running() const override { return persona_->running(); }

  // What the network does.

  /// Nobody hears it where no stream is open.
  void tell() override {
    for (const std::string& record : persona_->take_records()) send(record);
  }
  void send(std::string_view bytes) {
    if (stream_ == Stream::Open) hear([&] { follower_->stream_bytes(bytes, now_); });
  }
  void lose_records() override { persona_->take_records(); }
  /// What is wrong with it shows on the next connection.
  void set_server(Server server) override {
    server_ = server;
    if (server != Server::Well) cut();
  }
  void set_mute() { server_ = Server::Mute; }  // The stream that is open, too.
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
  void settle() override { advance(persona_->patience()); }
  void await_reconnect() { advance(60s); }  // The longest backoff, and then some.
  void repair() override { advance(60s + persona_->repair()); }
  void outlast(std::chrono::nanoseconds outage) override { advance(outage); }

  // What is to be seen.

  std::set<std::string> shown() const override { return shown_.running(); }
  SourceStatus status() const override { return follower_->status(); }
  int batches() const override { return batches_; }
  int requests() const { return requests_; }  // Streams and questions, up to now.
  bool has_stream() const { return stream_ == Stream::Open; }
  const std::vector<std::string>& dropped() const override { return dropped_; }

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
    const TimePoint due = now_ + (server_ == Server::Mute ? get.timeout : latency);
    gets_.push_back({std::move(get), due});
  }
  void perform(Resolve& what) { lookups_.push_back(what.host); }
  static void perform(Log&) {}
  void perform(Deliver& what) {
    ++batches_;
    const std::set<std::string> down = shown_.apply(what.batch.updates);
    if (down.empty()) return;
    const std::set<std::string> running = persona_->running();
    std::set_intersection(
        down.begin(), down.end(), running.begin(), running.end(), std::back_inserter(dropped_));
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
      if (server_ == Server::Well) send(persona_->heartbeat());
    }
    if (follower_->next_tick() <= now_) hear([&] { follower_->tick(now_); });
  }

  void open() {
    if (server_ == Server::Down) return cut();
    stream_ = Stream::Open;
    beat_ = now_ + kBeat;
    hear([&] { follower_->stream_head(head(), now_); });
    if (stream_ != Stream::Open) return;
    if (server_ == Server::Foreign) send("<html>\r\n\r\n</html>");
    if (server_ == Server::Well) send(persona_->greeting());
  }
  void look_up() {
    const std::string host = lookups_.back();
    lookups_.pop_back();
    hear([&] { follower_->resolved(host, std::vector{*IpAddress::parse("10.9.0.1")}, now_); });
  }
  http::Response head() const {
    if (server_ == Server::Refusing) return {401, {}, ""};
    if (server_ == Server::Foreign) return {200, {{"Content-Type", "text/html"}}, ""};
    return persona_->head();
  }
  Answer answer(const Get& get) {
    switch (server_) {
      case Server::Well:
        return persona_->answer(get);
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

  std::unique_ptr<Persona> persona_;
  std::unique_ptr<Follower> follower_;
  Server server_ = Server::Well;
  TimePoint now_{1000h};
  bool started_ = false;
  Stream stream_ = Stream::None;
  TimePoint beat_;
  std::vector<Pending> gets_;
  std::vector<std::string> lookups_;
  Shown shown_;
  std::vector<std::string> dropped_;
  int batches_ = 0;
  int requests_ = 0;
};

}  // namespace watcher::conformance
