#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <utility>

#include "minimarathon/api.h"
#include "minimarathon/app_fields.h"
#include "minimarathon/path.h"

// /v2/tasks and the tasks of an app

namespace minimarathon {
namespace {

namespace json = boost::json;

/// JSON wins unless text alone was asked for.
bool wants_text(const http::Request& request) {
  return http::find_header(request.headers, "Accept") == "text/plain";
}

/// The values of `status` and `status[]`; those that are neither running nor staging do not count.
bool has_wanted_state(const http::Request& request, const Instance& instance) {
  bool restricted = false;
  for (const char* key : {"status", "status[]"}) {
    for (const std::string& wanted : request.query(key)) {
      if (wanted == "running" && instance.looks_running()) return true;
      restricted = restricted || wanted == "running" || wanted == "staging";
    }
  }
  return !restricted;
}

/// The host port of each port of the app, 0 where it has none.
std::vector<std::uint16_t> host_ports_of(const Instance& instance) {
  std::vector<std::uint16_t> ports;
  auto next = instance.host_ports.begin();
  for (const AppPort& port : instance.app->ports) {
    const bool has_one = port.on_host && next != instance.host_ports.end();
    ports.push_back(has_one ? *next++ : 0);
  }
  return ports;
}

/// A line per app and service port: `a_b TAB servicePort TAB host:port TAB ... LF`.
std::string as_text(const App& app, const Instances& instances) {
  std::string text;
  const std::size_t lines = std::max<std::size_t>(app.ports.size(), 1);
  for (std::size_t i = 0; i < lines; ++i) {
    const bool has_port = i < app.ports.size();
    const std::string port = has_port ? std::to_string(app.ports[i].service_port) : " ";
    text += path_as_id(app.id) + "\t" + port + "\t";
    for (const Instance* instance : instances) {
      if (!instance->looks_running()) continue;
      const std::vector<std::uint16_t> ports = host_ports_of(*instance);
      text += instance->host.to_string();
      if (has_port) text += fmt::format(":{}", i < ports.size() ? ports[i] : 0);
      text += "\t";
    }
    text += "\n";
  }
  return text;
}

http::Response text_answer(std::string text) {
  return {200, {{"Content-Type", "text/plain"}}, std::move(text)};
}

http::Response tasks_answer(json::array tasks) {
  return json_answer(json::object{{"tasks", std::move(tasks)}});
}

}  // namespace

Api::Result Api::list_app_tasks(const Call& call, const std::string& id) {
  const AppPtr app = parts_.store.find(id);
  if (!app) return no_such_app(id);
  const Instances instances = parts_.scheduler.instances(id);
  if (wants_text(call.request)) return text_answer(as_text(*app, instances));
  return tasks_answer(describe_tasks(instances, ServicePorts::Left));
}

Api::Result Api::list_tasks(const Call& call) {
  std::string text;
  json::array tasks;
  for (const AppPtr& app : parts_.store.apps()) {
    Instances instances = parts_.scheduler.instances(app->id);
    std::erase_if(instances,
                  [&](const Instance* one) { return !has_wanted_state(call.request, *one); });
    if (wants_text(call.request)) {
      text += as_text(*app, instances);
      continue;
    }
    for (json::value& task : describe_tasks(instances, ServicePorts::Told)) {
      tasks.push_back(std::move(task));
    }
  }
  return wants_text(call.request) ? text_answer(std::move(text)) : tasks_answer(std::move(tasks));
}

Api::Result Api::kill_app_tasks(const Call& call, const std::string& id) {
  if (!parts_.store.find(id)) return no_such_app(id);
  const auto hosts = call.request.query("host");
  const std::string host = hosts.empty() ? "*" : hosts.front();
  Instances victims = parts_.scheduler.instances(id);
  std::erase_if(victims, [&](const Instance* one) {
    return !one->has_task() || (host != "*" && one->host.to_string() != host);
  });
  return kill_all(call, victims, tasks_answer(describe_tasks(victims, ServicePorts::Left)));
}

Api::Result Api::kill_app_task(const Call& call,
                               const std::string& id,
                               const std::string& task_id) {
  if (!parts_.store.find(id)) return no_such_app(id);
  const Instance* victim = parts_.scheduler.find(task_id);
  if (!victim || victim->app->id != id) return refuse(404, "Task '" + task_id + "' does not exist");
  const json::object answer{{"task", describe_task(*victim, ServicePorts::Left)}};
  return kill_all(call, {victim}, json_answer(answer));
}

/// Unknown ids are ignored; what is no task id is not.
Api::Result Api::kill_tasks(const Call& call) {
  const auto body = parse_object(call.request);
  if (!body) return tl::unexpected(body.error());
  Problem problem;
  Instances victims;
  for (const std::string& id : Fields(*body, problem).texts("ids")) {
    if (id.find('.') == std::string::npos) return refuse(400, "Invalid task id '" + id + "'.");
    const Instance* victim = parts_.scheduler.find(id);
    const bool is_new = std::find(victims.begin(), victims.end(), victim) == victims.end();
    if (victim && is_new) victims.push_back(victim);
  }
  if (problem.found()) return problem.error();
  return kill_all(call, victims, tasks_answer(describe_tasks(victims, ServicePorts::Told)));
}

/// With scale, their apps want that many fewer; with wipe, others take their place; else they are
/// started again.
Api::Result Api::kill_all(const Call& call, const Instances& victims, http::Response answer) {
  const bool scale = call.flag("scale");
  const bool wipe = call.flag("wipe");
  if (scale && wipe) return refuse(400, "You cannot use scale and wipe at the same time.");
  if (scale) return kill_and_scale(call, victims);
  const auto after = wipe ? Scheduler::AfterKill::Replace : Scheduler::AfterKill::Restart;
  std::vector<std::string> ids;  // The instances may go with the kill.
  for (const Instance* victim : victims) ids.push_back(victim->id);
  for (const std::string& id : ids) parts_.scheduler.kill(id, after);
  return answer;
}

Api::Result Api::kill_and_scale(const Call& call, const Instances& victims) {
  std::vector<std::string> ids;
  std::map<std::string, std::uint32_t> killed;  // Per app.
  for (const Instance* victim : victims) {
    ids.push_back(victim->id);
    if (!victim->goes) ++killed[victim->app->id];
  }
  Changes changes;
  for (const auto& [app_id, count] : killed) {
    const AppPtr app = parts_.store.find(app_id);
    if (!app) continue;
    const json::object fewer{{"instances", app->instances - std::min(count, app->instances)}};
    auto change = read_change(fewer, app_id, Mode::Overlay, parts_.store.service_ports());
    if (!change) return tl::unexpected(change.error());
    changes.apps.push_back(std::move(*change));
  }
  const auto deployed = try_deploy(call, std::move(changes));
  if (!deployed) return tl::unexpected(deployed.error());
  for (const std::string& id : ids) parts_.scheduler.kill(id, Scheduler::AfterKill::Forget);
  return deployment_answer(deployed->id, deployed->version);
}

}  // namespace minimarathon
