// Whatever a Marathon sends, the follower goes on: the input is cut at zero octets into what comes
// by the event stream and what answers its questions.
#include <algorithm>
#include <deque>
#include <string>

#include "config/load.h"
#include "tests/fuzz/fuzz.h"
#include "watcher/marathon/follower.h"

namespace {

using namespace std::chrono_literals;

config::Marathon options() {
  config::Marathon options = config::defaults().marathon;
  options.max_record_bytes = 1 << 16;
  return options;
}

/// Carries out what the follower decides. The stream opens at once; what is asked waits for a line,
/// but for who leads and what pods there are.
class Script {
 public:
  Script() : follower_(options(), {*http::Url::parse("http://m:8080")}, 1) { tick(); }

  void play(std::string_view line, bool is_answer) {
    if (is_answer && !asked_.empty()) {
      const std::uint64_t id = asked_.front();
      asked_.pop_front();
      follower_.answered(id, http::Response{200, {}, std::string(line)}, now_);
    } else {
      follower_.stream_bytes(line, now_);
    }
    take_actions();
    tick();
  }

 private:
  void tick() {
    now_ += 1s;
    follower_.tick(now_);
    take_actions();
  }
  void take_actions() {
    for (auto actions = follower_.take_actions(); !actions.empty();
         actions = follower_.take_actions()) {
      for (const watcher::Action& action : actions) perform(action);
    }
  }
  void perform(const watcher::Action& action) {
    if (std::holds_alternative<watcher::OpenStream>(action)) {
      follower_.stream_head({200, {{"Content-Type", "text/event-stream"}}, ""}, now_);
      follower_.stream_bytes("data: {\"eventType\":\"event_stream_attached\"}\n\n", now_);
    } else if (std::holds_alternative<watcher::Disconnect>(action)) {
      asked_.clear();
    } else if (const auto* get = std::get_if<watcher::Get>(&action)) {
      const std::string& target = get->url.target;
      if (target != "/v2/leader" && target != "/v2/pods/::status") return asked_.push_back(get->id);
      follower_.answered(get->id, http::Response{404, {}, "{}"}, now_);
    }
  }

  watcher::TimePoint now_{1000h};
  watcher::marathon::Follower follower_;
  std::deque<std::uint64_t> asked_;
};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Script script;
  std::string_view rest = fuzz::text(data, size);
  for (bool is_answer = true; !rest.empty(); is_answer = !is_answer) {
    const std::string_view line = rest.substr(0, rest.find('\0'));
    script.play(line, is_answer);
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  }
  return 0;
}
