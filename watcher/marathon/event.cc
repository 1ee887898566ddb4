#include "watcher/marathon/event.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "watcher/follow/json.h"
#include "watcher/marathon/facts.h"

namespace watcher::marathon {
namespace {

using common::Expected;

constexpr std::array<std::pair<std::string_view, EventKind>, 23> kTypes{{
    {"event_stream_attached", EventKind::Attached},
    {"status_update_event", EventKind::Status},
    {"unhealthy_instance_kill_event", EventKind::KillAnnounced},
    {"unhealthy_task_kill_event", EventKind::KillAnnounced},  // Until 1.3.
    {"instance_changed_event", EventKind::TaskHint},
    {"unknown_instance_terminated_event", EventKind::TaskHint},
    {"instance_health_changed_event", EventKind::HealthHint},
    {"health_status_changed_event", EventKind::HealthHint},
    {"api_post_event", EventKind::DefinitionHint},
    {"add_health_check_event", EventKind::DefinitionHint},
    {"remove_health_check_event", EventKind::DefinitionHint},
    {"app_terminated_event", EventKind::DefinitionHint},
    {"pod_created_event", EventKind::DefinitionHint},
    {"pod_updated_event", EventKind::DefinitionHint},
    {"pod_deleted_event", EventKind::DefinitionHint},
    {"group_change_success", EventKind::GroupChanged},
    {"deployment_info", EventKind::DeploymentStep},
    {"deployment_step_success", EventKind::DeploymentProgress},
    {"deployment_success", EventKind::DeploymentProgress},
    {"deployment_failed", EventKind::DeploymentProgress},
    {"scheduler_registered_event", EventKind::MesosConnection},
    {"scheduler_reregistered_event", EventKind::MesosConnection},
    {"scheduler_disconnected_event", EventKind::MesosConnection},
}};

EventKind kind_of(std::string_view type) {
  const auto* const found = std::find_if(
      kTypes.begin(), kTypes.end(), [&](const auto& known) { return known.first == type; });
  return found == kTypes.end() ? EventKind::Other : found->second;
}

tl::unexpected<common::Error> refuse(std::string why) {
  return common::fail(common::ErrorCode::InvalidInput, std::move(why));
}

/// The id in ".../v2/pods//shop/cart?force=true"; "/" where it has none, as when pods are created.
std::string pod_in(std::string_view uri) {
  constexpr std::string_view kPods = "/v2/pods";
  const std::size_t at = uri.find(kPods);
  if (at == std::string_view::npos) return "";
  uri.remove_prefix(at + kPods.size());
  uri = uri.substr(0, std::min(uri.find('?'), uri.find("::")));
  while (uri.starts_with('/')) uri.remove_prefix(1);
  return "/" + std::string(uri);
}

/// The app an event is about, under the names its type uses.
std::string read_app_id(const json::Object& event) {
  for (const char* key : {"appId", "runSpecId", "groupId"}) {
    if (const std::string_view id = json::text(event, key); !id.empty()) return std::string(id);
  }
  if (const json::Object* definition = json::member(event, "appDefinition")) {
    return std::string(json::text(*definition, "id"));
  }
  return pod_in(json::text(event, "uri"));
}

Expected<TaskFacts> read_task(const json::Object& event) {
  TaskFacts task;
  task.id = json::text(event, "taskId");
  if (task.id.empty()) return refuse("it names no task");
  task.app = read_app_id(event);
  task.version = json::text(event, "version");
  task.host = json::text(event, "host");
  if (task.host == "unknown") task.host = {};  // Marathon's word for an agent it has no name of.
  task.agent_id = json::text(event, "slaveId");
  auto ports = read_ports(event);
  if (!ports) return tl::unexpected(ports.error());
  task.ports = std::move(*ports);
  task.addresses = read_addresses(event);
  return task;
}

Expected<TaskFacts> read_status(const json::Object& event) {
  auto task = read_task(event);
  if (!task) return task;
  const std::string_view name = json::text(event, "taskStatus");
  const auto state = parse_state(name);
  if (!state) return refuse("taskStatus '" + std::string(name) + "' is no Mesos task state");
  task->state = *state;
  return task;
}

void add_app(const json::Object& action, std::vector<std::string>& apps) {
  for (const char* kind : {"app", "pod"}) {
    const std::string_view id = json::text(action, kind);
    if (!id.empty()) apps.emplace_back(id);
  }
}

/// Steps are lists of actions before 1.0, objects with `actions` since, and single actions in the
/// documentation.
void add_step(const json::Value& step, std::vector<std::string>& apps) {
  if (const json::Array* actions = json::as_list(step)) {
    for (const json::Object* action : json::objects(*actions)) add_app(*action, apps);
  } else if (const json::Object* object = json::as_object(step)) {
    add_app(*object, apps);
    for (const json::Object* action : json::objects(*object, "actions")) add_app(*action, apps);
  }
}

void read_deployment(const json::Object& event, Event& read) {
  read.deployment = json::text(event, "id");
  if (const json::Object* plan = json::member(event, "plan")) {
    if (read.deployment.empty()) read.deployment = json::text(*plan, "id");
    for (const json::Value& step : json::list(*plan, "steps")) add_step(step, read.apps);
  }
  if (const json::Value* step = json::find(event, "currentStep")) add_step(*step, read.apps);
  std::sort(read.apps.begin(), read.apps.end());
  read.apps.erase(std::unique(read.apps.begin(), read.apps.end()), read.apps.end());
}

Expected<void> read_event(const json::Object& event, Event& read) {
  switch (read.kind) {
    case EventKind::Other:
    case EventKind::Attached:
    case EventKind::MesosConnection:
      return {};
    case EventKind::DeploymentStep:
    case EventKind::DeploymentProgress:
      read_deployment(event, read);
      return {};
    case EventKind::Status:
    case EventKind::KillAnnounced: {
      auto task = read.kind == EventKind::Status ? read_status(event) : read_task(event);
      if (!task) return tl::unexpected(task.error());
      read.task = std::move(*task);
      break;
    }
    default:
      break;
  }
  read.app = read_app_id(event);
  if (read.app == "/" && read.kind == EventKind::DefinitionHint) {
    read.kind = EventKind::GroupChanged;  // New pods: the event does not say which.
  }
  if (!read.app.starts_with('/')) return refuse("'" + read.app + "' is no absolute path");
  return {};
}

}  // namespace

const std::vector<std::string_view>& event_types() {
  static const std::vector<std::string_view> kNames = [] {
    std::vector<std::string_view> names;
    for (const auto& [name, kind] : kTypes) names.push_back(name);
    return names;
  }();
  return kNames;
}

Expected<Event> parse_event(std::string_view data, std::string_view sse_event) {
  Event event;
  const auto read = json::with_object(data, [&](const json::Object& object) {
    const std::string_view type = json::text(object, "eventType");
    event.kind = kind_of(type.empty() ? sse_event : type);
    return read_event(object, event);
  });
  if (!read) return tl::unexpected(read.error());
  return event;
}

}  // namespace watcher::marathon
