#include "watcher/marathon/parse.h"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "watcher/follow/json.h"
#include "watcher/marathon/facts.h"

namespace watcher::marathon {
namespace {

using common::Expected;

tl::unexpected<common::Error> refuse(std::string why) {
  return common::fail(common::ErrorCode::InvalidInput, std::move(why));
}

/// Marathon's verdict over all checks of a task; a check that has not spoken says nothing.
Health read_health(const json::Object& task) {
  const auto results = json::objects(task, "healthCheckResults");
  if (results.empty()) return Health::Unknown;
  for (const json::Object* result : results) {
    if (!json::is_true(*result, "alive")) return Health::Failing;
  }
  return Health::Passing;
}

/// Before 1.1 tasks had no state: one that has not started is staging.
Expected<TaskState> read_state(const json::Object& task) {
  const std::string_view name = json::text(task, "state");
  if (name.empty()) {
    return json::find(task, "startedAt") ? TaskState::Running : TaskState::Starting;
  }
  const auto state = parse_state(name);
  if (!state) return refuse("state '" + std::string(name) + "' is no Mesos task state");
  return *state;
}

/// Readiness checks are asked only while a deployment is under way, and only of the tasks it
/// starts: those are not ready before their check says so, all others are.
bool read_ready(const json::Object& app, const TaskFacts& task, const AppFacts& facts) {
  if (!facts.definition->readiness_checks || json::list(app, "deployments").empty()) return true;
  bool asked = false;
  for (const json::Object* result : json::objects(app, "readinessCheckResults")) {
    if (json::text(*result, "taskId") != task.id) continue;
    if (!json::is_true(*result, "ready")) return false;
    asked = true;
  }
  return asked || task.version != facts.version;
}

Expected<TaskFacts> read_task(const json::Object& app,
                              const json::Object& task,
                              const AppFacts& facts) {
  TaskFacts read;
  read.id = json::text(task, "id");
  if (read.id.empty()) return refuse("it has no id");
  read.app = json::text(task, "appId");
  if (read.app.empty()) read.app = facts.id;
  read.version = json::text(task, "version");
  read.host = json::text(task, "host");
  read.agent_id = json::text(task, "slaveId");
  read.region = json::text(task, "region");
  read.zone = json::text(task, "zone");
  auto ports = read_ports(task);
  if (!ports) return tl::unexpected(ports.error());
  read.ports = std::move(*ports);
  read.addresses = read_addresses(task);
  const auto state = read_state(task);
  if (!state) return tl::unexpected(state.error());
  read.state = *state;
  read.health = read_health(task);
  read.ready = read_ready(app, read, facts);
  return read;
}

void read_tasks(const json::Object& app, AppFacts& facts, std::vector<Rejection>& rejected) {
  for (const json::Object* task : json::objects(app, "tasks")) {
    auto read = read_task(app, *task, facts);
    if (read) {
      facts.tasks.push_back(std::move(*read));
      continue;
    }
    facts.unread.emplace_back(json::text(*task, "id"));
    rejected.push_back({"task '" + facts.unread.back() + "' of " + facts.id, read.error().message});
  }
}

void read_app(const json::Object& app, AppsAnswer& answer) {
  AppFacts facts;
  facts.id = json::text(app, "id");
  if (!facts.id.starts_with('/')) {
    answer.rejected.push_back({"app '" + facts.id + "'", "its id is no absolute path"});
    return;
  }
  facts.version = json::text(app, "version");
  if (const json::Object* info = json::member(app, "versionInfo")) {
    facts.config_since = json::text(*info, "lastConfigChangeAt");
  }
  facts.definition = std::make_shared<const Definition>(read_definition(app));
  read_tasks(app, facts, answer.rejected);
  answer.apps.push_back(std::move(facts));
}

void collect_group(const json::Object& group, std::vector<AppVersion>& apps) {
  for (const char* kind : {"apps", "pods"}) {
    for (const json::Object* app : json::objects(group, kind)) {
      apps.push_back(
          {std::string(json::text(*app, "id")), std::string(json::text(*app, "version"))});
    }
  }
  for (const json::Object* inner : json::objects(group, "groups")) collect_group(*inner, apps);
}

}  // namespace

Expected<AppsAnswer> parse_apps(std::string_view body) {
  AppsAnswer answer;
  const auto read = json::with_object(body, [&](const json::Object& root) -> Expected<void> {
    const json::Value* apps = json::find(root, "apps");
    if (apps == nullptr || !apps->is_array()) return refuse("it holds no list of apps");
    for (const json::Object* app : json::objects(root, "apps")) read_app(*app, answer);
    return {};
  });
  if (!read) return tl::unexpected(read.error());
  return answer;
}

Expected<AppsAnswer> parse_app(std::string_view body) {
  AppsAnswer answer;
  const auto read = json::with_object(body, [&](const json::Object& root) -> Expected<void> {
    const json::Object* app = json::member(root, "app");
    if (app == nullptr) return refuse("it holds no app");
    read_app(*app, answer);
    if (answer.apps.empty()) return refuse(answer.rejected.front().why);
    return {};
  });
  if (!read) return tl::unexpected(read.error());
  return answer;
}

Expected<DefinitionPtr> parse_version(std::string_view body) {
  DefinitionPtr definition;
  const auto read = json::with_object(body, [&](const json::Object& app) -> Expected<void> {
    if (json::text(app, "id").empty()) return refuse("it is no app definition");
    definition = std::make_shared<const Definition>(read_definition(app));
    return {};
  });
  if (!read) return tl::unexpected(read.error());
  return definition;
}

Expected<std::string> parse_leader(std::string_view body) {
  std::string leader;
  const auto read = json::with_object(body, [&](const json::Object& root) -> Expected<void> {
    leader = json::text(root, "leader");
    if (leader.empty()) return refuse("it names no leader");
    return {};
  });
  if (!read) return tl::unexpected(read.error());
  return leader;
}

Expected<std::vector<AppVersion>> parse_group(std::string_view body) {
  std::vector<AppVersion> apps;
  const auto read = json::with_object(body, [&](const json::Object& group) -> Expected<void> {
    if (json::text(group, "id").empty()) return refuse("it is no group");
    collect_group(group, apps);
    return {};
  });
  if (!read) return tl::unexpected(read.error());
  return apps;
}

}  // namespace watcher::marathon
