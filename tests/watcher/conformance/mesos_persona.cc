#include "tests/watcher/conformance/personas.h"
#include "tests/watcher/mesos/fake_mesos.h"
#include "tests/watcher/mesos/world.h"

namespace watcher::conformance {
namespace {

using namespace std::chrono_literals;
using config::MesosMode;
using mesos::FakeMesos;
using mesos::framed;

constexpr const char* kFramework = "F";

class MesosPersona final : public Persona {
 public:
  explicit MesosPersona(MesosMode mode) : mode_(mode) {
    mesos_.add_agent();
    agent_ = mesos_.agents().begin()->first;
    records_.clear();
  }

  std::unique_ptr<Follower> make_follower() override {
    return std::make_unique<mesos::Follower>(
        mesos::default_options(mode_),
        mesos::urls({"http://10.0.0.1:5050", "http://10.0.0.2:5050"}),
        1);
  }
  std::chrono::seconds patience() const override {
    return mode_ == MesosMode::Poll ? 15s : 1s;  // poll_interval.
  }
  std::chrono::seconds repair() const override {
    return mode_ == MesosMode::Poll ? 15s : 200s;  // resync_interval.
  }

  std::string start_task() override {
    const mesos::TaskRef ref = mesos_.start_task(kFramework, agent_, false);
    mesos_.run_task(ref);
    return ref.id;
  }
  void end_task(const std::string& id) override { mesos_.end_task({kFramework, id}, "FAILED"); }
  std::set<std::string> running() const override {
    std::set<std::string> ids;
    for (const auto& [ref, task] : mesos_.tasks()) {
      if (task.state == TaskState::Running) ids.insert(ref.id);
    }
    return ids;
  }
  void change_leaders() override { mesos_.fail_over(); }
  void recover() override {
    mesos_.bring_frameworks_back();
    mesos_.bring_agent_back(agent_);
  }

  http::Response head() const override { return {200, {{"Content-Type", "application/json"}}, ""}; }
  std::string greeting() override { return framed(mesos_.subscribed()); }
  std::string heartbeat() const override { return framed(R"({"type":"HEARTBEAT"})"); }
  std::string nonsense() const override {
    return framed(R"({"type":"TASK_ADDED","task_added":{"task":{"state":42}}})");
  }
  std::string oversized() const override { return framed(std::string((1 << 20) + 1, 'x')); }
  http::Response answer(const Get& get) override {
    return mesos_.answer(mesos::World::name_of(get));
  }

 private:
  MesosMode mode_;
  std::string agent_;
  FakeMesos mesos_{[this](const std::string& record) { records_.push_back(framed(record)); }};
};

}  // namespace

std::unique_ptr<Persona> make_mesos_stream_persona() {
  return std::make_unique<MesosPersona>(MesosMode::Stream);
}
std::unique_ptr<Persona> make_mesos_poll_persona() {
  return std::make_unique<MesosPersona>(MesosMode::Poll);
}

}  // namespace watcher::conformance
