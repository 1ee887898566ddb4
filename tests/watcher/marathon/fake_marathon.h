#pragma once

#include <fmt/core.h>

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "http/message.h"
#include "tests/watcher/marathon/bodies.h"
#include "watcher/task.h"

namespace watcher::marathon {

/// The truth of a simulation: apps and tasks, the events their changes cause, and the answers that
/// tell of them. Every version of a definition has a port name of its own.
class FakeMarathon {
 public:
  struct FakeTask {
    std::string app;
    int version = 0;
    std::string host;
    int port = 0;
    TaskState state = TaskState::Starting;  // As listed, and Ended.
    Health verdict = Health::Unknown;
    bool doomed = false;  // Its kill is decided, or it left the lists.
    bool listed = true;
  };
  struct FakeApp {
    int version = 0;
    int config = 0;  // The version that last changed more than the size.
    bool checked = false;
    std::map<int, int> configs;  // By version.
  };
  using Emit = std::function<void(std::string event)>;

  explicit FakeMarathon(Emit emit) : emit_(std::move(emit)) {}

  const std::map<std::string, FakeTask>& tasks() const { return tasks_; }
  const std::map<std::string, FakeApp>& apps() const { return apps_; }

  // Changes.

  void write_app(const std::string& id, bool checked) {
    const bool fresh = !apps_.contains(id);
    FakeApp& app = apps_[id];
    if (fresh) app.checked = checked;
    app.version = app.config = ++clock_;
    app.configs[app.version] = app.config;
    tell_written(id, fresh);
  }
  void resize_app(const std::string& id) {
    FakeApp& app = apps_.at(id);
    app.version = ++clock_;
    app.configs[app.version] = app.config;
    tell_written(id, false);
  }
  void delete_app(const std::string& id) {
    apps_.erase(id);
    for (auto& [task, state] : tasks_) {
      if (state.app != id) continue;
      state.doomed = true;
      state.listed = false;
    }
    emit_(R"({"eventType":"group_change_success","groupId":"/"})");
    tell_deployment(id, "StopApplication");
  }

  std::string start_task(const std::string& app, bool named_host) {
    const std::string id = fmt::format("{}.{}", app.substr(1), ++clock_);
    FakeTask task;
    task.app = app;
    task.version = apps_.at(app).version;
    task.host =
        named_host ? "agent" + std::to_string(clock_ % 3) : "10.0.0." + std::to_string(clock_ % 3);
    task.port = 30000 + clock_ % 30000;
    tasks_[id] = task;
    tell_status(id, "STAGING");
    return id;
  }
  void run_task(const std::string& id) {
    FakeTask& task = tasks_.at(id);
    if (task.state == TaskState::Ended || task.doomed) return;
    task.state = TaskState::Running;
    tell_status(id, "RUNNING");
  }
  void judge_task(const std::string& id, bool alive) {
    FakeTask& task = tasks_.at(id);
    if (task.state != TaskState::Running || !task.listed || !apps_.at(task.app).checked) return;
    task.verdict = alive ? Health::Passing : Health::Failing;
    emit_(hint("health_status_changed_event", task.app));
    emit_(hint("instance_health_changed_event", task.app));
  }
  void lose_task(const std::string& id) {
    FakeTask& task = tasks_.at(id);
    if (task.state != TaskState::Running || task.doomed) return;
    task.state = TaskState::Unreachable;
    tell_status(id, "UNREACHABLE");
  }
  /// How a kill shows beforehand depends on Marathon's features and on its reason.
  enum class Warning { None, Killing, Announcement };
  void doom_task(const std::string& id, Warning warning) {
    FakeTask& task = tasks_.at(id);
    if (task.state == TaskState::Ended) return;
    task.doomed = true;
    if (warning == Warning::Killing) {
      task.state = TaskState::Killing;
      tell_status(id, "KILLING");
    } else if (warning == Warning::Announcement) {
      emit_(fmt::format(
          R"({{"eventType":"unhealthy_instance_kill_event","appId":"{}","taskId":"{}"}})",
          task.app,
          id));
    }
  }
  void end_task(const std::string& id, const std::string& how) {
    FakeTask& task = tasks_.at(id);
    if (task.state == TaskState::Ended) return;
    task.state = TaskState::Ended;
    task.doomed = true;
    task.listed = false;
    tell_status(id, how);
  }
  /// It vanishes without a word from Mesos.
  void expunge_task(const std::string& id) {
    FakeTask& task = tasks_.at(id);
    task.state = TaskState::Ended;
    task.doomed = true;
    task.listed = false;
    emit_(hint("instance_changed_event", task.app));
  }
  /// A new leader has no results of Marathon's own checks.
  void forget_verdicts() {
    for (auto& [id, task] : tasks_) task.verdict = Health::Unknown;
  }

  // Answers.

  http::Response get(const std::string& path) const {
    if (path == "/v2/apps") return {200, {}, R"({"apps":[)" + join_apps() + "]}"};
    if (path == "/v2/groups") return {200, {}, R"({"id":"/","apps":[)" + join_apps() + "]}"};
    if (path.starts_with("/v2/pods")) return {404, {}, "{}"};
    const std::string rest = path.substr(std::string("/v2/apps").size());
    const std::size_t version = rest.find("/versions/v");
    const auto app = apps_.find(rest.substr(0, version));
    if (app == apps_.end()) return {404, {}, "{}"};
    if (version == std::string::npos) return {200, {}, R"({"app":)" + app_json(*app) + "}"};
    const auto config = app->second.configs.find(std::stoi(rest.substr(version + 11)));
    if (config == app->second.configs.end()) return {404, {}, "{}"};
    return {
        200,
        {},
        fmt::format(R"({{"id":"{}",{}}})", app->first, definition(app->second, config->second))};
  }

 private:
  static std::string version_text(int version) { return fmt::format("v{:08}", version); }

  static std::string definition(const FakeApp& app, int config) {
    return fmt::format(
        R"("portDefinitions":[{{"name":"c{}"}}]{})", config, app.checked ? "," + kChecked : "");
  }
  std::string app_json(const std::pair<const std::string, FakeApp>& app) const {
    std::string tasks;
    for (const auto& [id, task] : tasks_) {
      if (task.app != app.first || !task.listed) continue;
      if (!tasks.empty()) tasks += ',';
      tasks += task_json(id, task);
    }
    return fmt::format(
        R"({{"id":"{}","version":"{}","versionInfo":{{"lastConfigChangeAt":"{}"}},{},"tasks":[{}]}})",
        app.first,
        version_text(app.second.version),
        version_text(app.second.config),
        definition(app.second, app.second.config),
        tasks);
  }
  std::string join_apps() const {
    std::string apps;
    for (const auto& app : apps_) {
      if (!apps.empty()) apps += ',';
      apps += app_json(app);
    }
    return apps;
  }
  static std::string task_json(const std::string& id, const FakeTask& task) {
    TaskBody body{.id = id,
                  .state = "STAGING",
                  .version = version_text(task.version),
                  .app = task.app,
                  .host = task.host,
                  .port = task.port,
                  .more = R"("healthCheckResults":[])"};
    if (task.state == TaskState::Running) body.state = "RUNNING";
    if (task.state == TaskState::Killing) body.state = "KILLING";
    if (task.state == TaskState::Unreachable) body.state = "UNREACHABLE";
    if (task.verdict == Health::Passing) body.more = kAlive;
    if (task.verdict == Health::Failing) body.more = kDead;
    return task_body(body);
  }

  void tell_status(const std::string& id, const std::string& status) {
    const FakeTask& task = tasks_.at(id);
    emit_(status_event({.id = id,
                        .state = status,
                        .version = version_text(task.version),
                        .app = task.app,
                        .host = task.host,
                        .port = task.port}));
    emit_(hint("instance_changed_event", task.app));
  }
  void tell_written(const std::string& id, bool fresh) {
    tell_deployment(id, fresh ? "StartApplication" : "RestartApplication");
    emit_(R"({"eventType":"group_change_success","groupId":"/"})");
    emit_(fmt::format(R"({{"eventType":"api_post_event","appDefinition":{{"id":"{}"}}}})", id));
  }
  void tell_deployment(const std::string& id, const std::string& action) {
    emit_(fmt::format(
        R"({{"eventType":"deployment_info","plan":{{"id":"d{}","steps":[{{"actions":[{{"action":"{}","app":"{}"}}]}}]}}}})",
        ++clock_,
        action,
        id));
  }

  Emit emit_;
  int clock_ = 0;  // Of versions and ids.
  std::map<std::string, FakeApp> apps_;
  std::map<std::string, FakeTask> tasks_;  // Ended ones too.
};

}  // namespace watcher::marathon
