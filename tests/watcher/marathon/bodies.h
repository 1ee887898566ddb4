#pragma once

#include <fmt/core.h>

#include <string>
#include <vector>

/// Marathon's JSON, as little of it as a test needs.
namespace watcher::marathon {

struct AppBody {
  std::string id = "/web";
  std::string version = "v1";
  std::string tasks = {};               // Joined by commas.
  std::string more = R"("labels":{})";  // Further members.
};

inline std::string app_body(const AppBody& app) {
  return fmt::format(
      R"({{"id":"{}","version":"{}","portDefinitions":[{{"name":"http","port":10001}}],{},"tasks":[{}]}})",
      app.id,
      app.version,
      app.more,
      app.tasks);
}
inline std::string one_app(const AppBody& app) { return R"({"app":)" + app_body(app) + "}"; }

inline const std::string kChecked = R"("healthChecks":[{"protocol":"HTTP"}])";

struct TaskBody {
  std::string id = {};
  std::string state = "RUNNING";
  std::string version = "v1";
  std::string app = "/web";
  std::string host = "10.0.0.7";
  int port = 31000;
  std::string more = R"("slaveId":"S1")";
};

inline std::string task_body(const TaskBody& task) {
  return fmt::format(
      R"({{"id":"{}","state":"TASK_{}","version":"{}","appId":"{}","host":"{}","ports":[{}],{}}})",
      task.id,
      task.state,
      task.version,
      task.app,
      task.host,
      task.port,
      task.more);
}

inline std::string status_event(const TaskBody& task) {
  return fmt::format(
      R"({{"eventType":"status_update_event","taskId":"{}","taskStatus":"TASK_{}","version":"{}","appId":"{}","host":"{}","ports":[{}],{}}})",
      task.id,
      task.state,
      task.version,
      task.app,
      task.host,
      task.port,
      task.more);
}

/// One app with these running tasks.
inline std::string web(const std::vector<std::string>& ids, const AppBody& app = {}) {
  AppBody body = app;
  for (const std::string& id : ids) {
    if (!body.tasks.empty()) body.tasks += ',';
    body.tasks += task_body({.id = id, .version = app.version});
  }
  return app_body(body);
}

/// Events that hold no more than a type and an app or group.
inline std::string hint(const std::string& type, const std::string& id = "/web") {
  const char* key = type == "group_change_success" ? "groupId"
                    : type.starts_with("instance") ? "runSpecId"
                                                   : "appId";
  return fmt::format(R"({{"eventType":"{}","{}":"{}"}})", type, key, id);
}

inline const std::string kAlive = R"("healthCheckResults":[{"alive":true}])";
inline const std::string kDead = R"("healthCheckResults":[{"alive":false}])";

}  // namespace watcher::marathon
