#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <utility>

#include "minimarathon/api.h"
#include "minimarathon/path.h"

// /v2/tasks and the tasks of an app

namespace minimarathon {
namespace {

namespace json = boost::json;

/// Does the client want GET /v2/tasks as text? JSON wins unless only text was asked for.
bool wants_text(const http::Request& request) {
  return http::find_header(request.headers, "Accept") == "text/plain";
}

bool has_wanted_state(const http::Request& request, const Instance& instance) {
  auto wanted = request.query("status");
  for (std::string& more : request.query("status[]")) wanted.push_back(std::move(more));
  const char* state = instance.condition == Condition::Scheduled ? "staging" : "running";
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), state) != wanted.end();
}

/// A line per app and service port: `a_b TAB servicePort TAB host:port TAB ... LF`.
std::string as_text(const AppPtr& app, const Instances& instances) {
  std::string text;
  const std::size_t lines = std::max<std::size_t>(app->ports.size(), 1);
  for (std::size_t i = 0; i < lines; ++i) {
    const bool has_port = i < app->ports.size();
    text += path_as_id(app->id) + "\t";
    text += has_port ? std::to_string(app->ports[i].service_port) : " ";
    text += "\t";
    for (const Instance* instance : instances) {
      if (instance->condition != Condition::Running) continue;
      const auto& ports = instance->host_ports;
      text += instance->host.to_string();
      if (has_port) text += fmt::format(":{}", i < ports.size() ? ports[i] : 0);
      text += "\t";
    }
    text += "\n";
  }
  return text;
}

http::Response tasks_response(json::array tasks) {
  return http::json_response(200, json::serialize(json::object{{"tasks", std::move(tasks)}}));
}

}  // namespace

Api::Result Api::list_app_tasks(const std::string& id) {
  if (!parts_.store.find(id)) return no_such_app(id);
  return tasks_response(describe_tasks(parts_.scheduler.instances(id), ServicePorts::Left));
}

Api::Result Api::list_tasks(const Call& call) {
  std::string text;
  json::array tasks;
  for (const AppPtr& app : parts_.store.apps()) {
    Instances instances = parts_.scheduler.instances(app->id);
    std::erase_if(instances,
                  [&](const Instance* i) { return !has_wanted_state(call.request, *i); });
    text += as_text(app, instances);
    for (json::value& task : describe_tasks(instances, ServicePorts::Told))
      tasks.push_back(std::move(task));
  }
  if (wants_text(call.request)) return http::Response{200, {{"Content-Type", "text/plain"}}, text};
  return tasks_response(std::move(tasks));
}

Api::Result Api::kill_app_tasks(const Call& call, const std::string& id) {
  if (!parts_.store.find(id)) return no_such_app(id);
  Instances victims = parts_.scheduler.instances(id);
  const auto hosts = call.request.query("host");
  std::erase_if(victims, [&](const Instance* i) {
    return i->incarnation == 0 || (!hosts.empty() && i->host.to_string() != hosts.front());
  });
  return kill_all(call, victims, tasks_response(describe_tasks(victims, ServicePorts::Left)));
}

Api::Result Api::kill_app_task(const Call& call,
                               const std::string& id,
                               const std::string& task_id) {
  if (!parts_.store.find(id)) return no_such_app(id);
  const Instance* victim = parts_.scheduler.find(task_id);
  if (!victim || victim->app->id != id) return refuse(404, "Task '" + task_id + "' does not exist");
  const json::object answer{{"task", describe_task(*victim, ServicePorts::Left)}};
  return kill_all(call, {victim}, http::json_response(200, json::serialize(answer)));
}

Api::Result Api::kill_tasks(const Call& call) {
  const auto body = parse_object(call.request);
  if (!body) return tl::unexpected(body.error());
  const auto* ids = body->if_contains("ids");
  if (!ids || !ids->is_array()) return invalid("/ids", "must be a list of task ids");
  Instances victims;
  for (const json::value& id : ids->as_array()) {
    if (!id.is_string()) return invalid("/ids", "must be a list of task ids");
    const Instance* victim = parts_.scheduler.find(std::string(id.as_string()));
    if (victim && std::find(victims.begin(), victims.end(), victim) == victims.end())
      victims.push_back(victim);
  }
  return kill_all(call, victims, tasks_response(describe_tasks(victims, ServicePorts::Told)));
}

/// With scale, their apps want that many fewer; with wipe, others take their place; else they are
/// started again.
Api::Result Api::kill_all(const Call& call, const Instances& victims, http::Response otherwise) {
  const bool scale = call.flag("scale");
  const bool wipe = call.flag("wipe");
  if (scale && wipe) return refuse(400, "You cannot use scale and wipe at the same time.");
  std::vector<std::string> ids;
  std::map<std::string, std::uint32_t> by_app;
  for (const Instance* victim : victims) {
    ids.push_back(victim->id);
    ++by_app[victim->app->id];
  }
  if (!scale) {
    const auto after = wipe ? Scheduler::AfterKill::Replace : Scheduler::AfterKill::Restart;
    for (const std::string& id : ids) parts_.scheduler.kill(id, after);
    return otherwise;
  }
  std::vector<Change> changes;
  std::vector<std::string> app_ids;
  for (const auto& [app_id, count] : by_app) {
    const AppPtr app = parts_.store.find(app_id);
    if (!app) continue;
    auto change = read_change({{"instances", app->instances - std::min(count, app->instances)}},
                              app_id,
                              parts_.store.service_ports());
    if (!change) return tl::unexpected(change.error());
    app_ids.push_back(app_id);
    changes.push_back(std::move(*change));
  }
  if (changes.empty()) return otherwise;
  if (auto unlocked = check_lock(call, app_ids); !unlocked) return tl::unexpected(unlocked.error());
  for (const std::string& id : ids) parts_.scheduler.kill(id, Scheduler::AfterKill::Forget);
  return deployed(deploy(std::move(changes)));
}

}  // namespace minimarathon
