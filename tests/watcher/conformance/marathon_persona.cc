#include "tests/watcher/conformance/personas.h"
#include "tests/watcher/marathon/fake_marathon.h"
#include "tests/watcher/marathon/world.h"

namespace watcher::conformance {
namespace {

using namespace std::chrono_literals;
using marathon::FakeMarathon;

class MarathonPersona final : public Persona {
 public:
  MarathonPersona() {
    marathon_.write_app("/web", false);
    records_.clear();
  }

  std::unique_ptr<Follower> make_follower() override {
    return std::make_unique<marathon::Follower>(
        marathon::default_options(), marathon::urls({"http://m1:8080", "http://m2:8080"}), 1);
  }
  std::chrono::seconds patience() const override { return 1s; }
  std::chrono::seconds repair() const override { return 200s; }  // resync_interval, and a drain.

  std::string start_task() override {
    const std::string id = marathon_.start_task("/web", false);
    marathon_.run_task(id);
    return id;
  }
  void end_task(const std::string& id) override { marathon_.end_task(id, "FAILED"); }
  std::set<std::string> running() const override {
    std::set<std::string> ids;
    for (const auto& [id, task] : marathon_.tasks()) {
      if (task.state == TaskState::Running) ids.insert(id);
    }
    return ids;
  }
  void change_leaders() override { knows_nothing_ = true; }
  void recover() override { knows_nothing_ = false; }

  http::Response head() const override {
    return {200, {{"Content-Type", "text/event-stream;charset=utf-8"}}, ""};
  }
  std::string greeting() override { return record(R"({"eventType":"event_stream_attached"})"); }
  std::string heartbeat() const override { return "\r\n"; }
  std::string nonsense() const override {
    return record(R"({"eventType":"status_update_event","appId":"/web","taskStatus":42})");
  }
  std::string oversized() const override { return record(std::string((1 << 20) + 1, 'x')); }
  http::Response answer(const Get& get) override {
    const std::string path = get.url.target.substr(0, get.url.target.find('?'));
    if (path == "/v2/leader") return {404, {}, "{}"};
    if (path == "/v2/apps" && knows_nothing_) return {200, {}, R"({"apps":[]})"};
    return marathon_.get(path);
  }

 private:
  static std::string record(const std::string& json) { return "data: " + json + "\r\n\r\n"; }

  FakeMarathon marathon_{[this](const std::string& event) { records_.push_back(record(event)); }};
  bool knows_nothing_ = false;
};

}  // namespace

std::unique_ptr<Persona> make_marathon_persona() { return std::make_unique<MarathonPersona>(); }

}  // namespace watcher::conformance
