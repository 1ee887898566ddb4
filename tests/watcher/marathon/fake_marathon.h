#pragma once

#include <fmt/core.h>

#include <algorithm>
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
/// tell of them. Every version of a definition has a port name of its own. Ids of pods begin with
/// "/pod"; each of their instances is one container, "web".
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

    bool is_of_pod() const { return FakeMarathon::is_pod(app); }
  };
  struct FakeApp {
    int version = 0;
    int config = 0;  // The version that last changed more than the size.
    bool checked = false;
    std::map<int, int> configs;  // By version.
  };
  using Emit = std::function<void(std::string event)>;

  static bool is_pod(const std::string& id) { return id.starts_with("/pod"); }

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
    tell_deployment(id, is_pod(id) ? "StopPod" : "StopApplication");
    if (is_pod(id)) emit_(pod_event("deleted", id));
  }

  std::string start_task(const std::string& app, bool named_host) {
    const int number = ++clock_;
    const std::string id = is_pod(app) ? fmt::format("{}.instance-{}.web", app.substr(1), number)
                                       : fmt::format("{}.{}", app.substr(1), number);
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
    if (path == "/v2/groups") {
      return {
          200, {}, R"({"id":"/","apps":[)" + join_apps() + R"(],"pods":[)" + join_specs() + "]}"};
    }
    if (path == "/v2/pods/::status") return {200, {}, "[" + join_pods() + "]"};
    const bool pods = path.starts_with("/v2/pods");
    const std::string rest = path.substr(8);  // Both "/v2/apps" and "/v2/pods".
    const std::string mark = pods ? "::versions/v" : "/versions/v";
    const std::size_t version = rest.find(mark);
    const auto app = apps_.find(rest.substr(0, std::min(version, rest.find("::status"))));
    if (app == apps_.end() || is_pod(app->first) != pods) return {404, {}, "{}"};
    if (version == std::string::npos) {
      return {200, {}, pods ? pod_json(*app) : R"({"app":)" + app_json(*app) + "}"};
    }
    return old_version(*app, std::stoi(rest.substr(version + mark.size())));
  }

 private:
  static std::string version_text(int version) { return fmt::format("v{:08}", version); }

  http::Response old_version(const std::pair<const std::string, FakeApp>& app, int version) const {
    const auto config = app.second.configs.find(version);
    if (config == app.second.configs.end()) return {404, {}, "{}"};
    if (is_pod(app.first)) return {200, {}, spec_json(app, version)};
    return {200,
            {},
            fmt::format(R"({{"id":"{}",{}}})", app.first, definition(app.second, config->second))};
  }

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
    return join(false, [this](const auto& app) { return app_json(app); });
  }
  std::string join_pods() const {
    return join(true, [this](const auto& pod) { return pod_json(pod); });
  }
  std::string join_specs() const {
    return join(true, [](const auto& pod) { return spec_json(pod, pod.second.version); });
  }
  template <class Json>
  std::string join(bool pods, Json json) const {
    std::string joined;
    for (const auto& app : apps_) {
      if (is_pod(app.first) != pods) continue;
      if (!joined.empty()) joined += ',';
      joined += json(app);
    }
    return joined;
  }

  static std::string spec_json(const std::pair<const std::string, FakeApp>& pod, int version) {
    return fmt::format(
        R"({{"id":"{}","version":"{}","networks":[{{"mode":"host"}}],"containers":[{{"name":"web",)"
        R"("endpoints":[{{"name":"c{}","hostPort":0}}]{}}}]}})",
        pod.first,
        version_text(version),
        pod.second.configs.at(version),
        pod.second.checked ? R"(,"healthCheck":{})" : "");
  }
  std::string pod_json(const std::pair<const std::string, FakeApp>& pod) const {
    std::string instances;
    for (const auto& [id, task] : tasks_) {
      if (task.app != pod.first || !task.listed) continue;
      if (!instances.empty()) instances += ',';
      instances += instance_json(id, task);
    }
    return fmt::format(R"({{"id":"{}","spec":{},"instances":[{}]}})",
                       pod.first,
                       spec_json(pod, pod.second.version),
                       instances);
  }
  static std::string instance_json(const std::string& id, const FakeTask& task) {
    std::string healthy;
    if (task.verdict != Health::Unknown) {
      healthy =
          fmt::format(R"({{"name":"healthy","value":"{}"}})", task.verdict == Health::Passing);
    }
    return fmt::format(
        R"({{"id":"{}","agentHostname":"{}","specReference":"/v2/pods{}::versions/{}",)"
        R"("containers":[{{"name":"web","containerId":"{}","status":"TASK_{}","conditions":[{}],)"
        R"("endpoints":[{{"name":"c","allocatedHostPort":{}}}]}}]}})",
        id.substr(0, id.rfind('.')),
        task.host,
        task.app,
        version_text(task.version),
        id,
        state_text(task),
        healthy,
        task.port);
  }
  static std::string task_json(const std::string& id, const FakeTask& task) {
    TaskBody body{.id = id,
                  .state = state_text(task),
                  .version = version_text(task.version),
                  .app = task.app,
                  .host = task.host,
                  .port = task.port,
                  .more = R"("healthCheckResults":[])"};
    if (task.verdict == Health::Passing) body.more = kAlive;
    if (task.verdict == Health::Failing) body.more = kDead;
    return task_body(body);
  }

  static std::string state_text(const FakeTask& task) {
    switch (task.state) {
      case TaskState::Running:
        return "RUNNING";
      case TaskState::Killing:
        return "KILLING";
      case TaskState::Unreachable:
        return "UNREACHABLE";
      default:
        return "STAGING";
    }
  }

  void tell_status(const std::string& id, const std::string& status) {
    const FakeTask& task = tasks_.at(id);
    std::string event = status_event({.id = id,
                                      .state = status,
                                      .version = version_text(task.version),
                                      .app = task.app,
                                      .host = task.host,
                                      .port = task.port});
    if (task.is_of_pod()) {  // They tell no ports.
      const std::string port = std::to_string(task.port);
      event.replace(event.find("[" + port + "]"), port.size() + 2, "[]");
    }
    emit_(event);
    emit_(hint("instance_changed_event", task.app));
  }
  void tell_written(const std::string& id, bool fresh) {
    const std::string what = is_pod(id) ? "Pod" : "Application";
    tell_deployment(id, (fresh ? "Start" : "Restart") + what);
    emit_(R"({"eventType":"group_change_success","groupId":"/"})");
    if (is_pod(id)) return emit_(pod_event(fresh ? "created" : "updated", fresh ? "" : id));
    emit_(fmt::format(R"({{"eventType":"api_post_event","appDefinition":{{"id":"{}"}}}})", id));
  }
  void tell_deployment(const std::string& id, const std::string& action) {
    emit_(fmt::format(
        R"({{"eventType":"deployment_info","plan":{{"id":"d{}","steps":[{{"actions":[{{"action":"{}","{}":"{}"}}]}}]}}}})",
        ++clock_,
        action,
        is_pod(id) ? "pod" : "app",
        id));
  }
  static std::string pod_event(const std::string& what, const std::string& id) {
    return fmt::format(R"({{"eventType":"pod_{}_event","uri":"/v2/pods{}"}})", what, id);
  }

  Emit emit_;
  int clock_ = 0;  // Of versions and ids.
  std::map<std::string, FakeApp> apps_;
  std::map<std::string, FakeTask> tasks_;  // Ended ones too.
};

}  // namespace watcher::marathon
