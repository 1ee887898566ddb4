#include "minimarathon/documents.h"

#include <algorithm>
#include <boost/json.hpp>

namespace minimarathon {
namespace {

namespace json = boost::json;

std::string_view state_of(const Instance& instance) {
  return instance.looks_running() ? "TASK_RUNNING" : "TASK_KILLING";
}

json::value text_of(const std::optional<WallTime>& time) {
  return time ? json::value(to_timestamp(*time)) : json::value();
}

json::object describe_check(const Instance& instance, const CheckState& check) {
  return {{"alive", check.alive()},
          {"consecutiveFailures", check.failures()},
          {"firstSuccess", text_of(check.first_success())},
          {"lastFailure", text_of(check.last_failure())},
          {"lastSuccess", text_of(check.last_success())},
          {"lastFailureCause", check.cause().empty() ? json::value() : json::value(check.cause())},
          {"instanceId", instance.id}};
}

json::array describe_checks(const Instance& instance) {
  json::array results;
  for (const CheckState& check : instance.checks) {
    if (check.known()) results.push_back(describe_check(instance, check));
  }
  return results;
}

void add_counts(const Instances& instances, json::object& app) {
  const auto count = [&](auto holds) {
    return std::count_if(instances.begin(), instances.end(), holds);
  };
  const auto is_running = [](const Instance* i) { return i->looks_running(); };
  app["tasksStaged"] = count([](const Instance* i) { return !i->has_task(); });
  app["tasksRunning"] = count(is_running);
  app["tasksHealthy"] =
      count([&](const Instance* i) { return is_running(i) && i->healthy().value_or(false); });
  app["tasksUnhealthy"] =
      count([&](const Instance* i) { return is_running(i) && !i->healthy().value_or(true); });
}

json::object describe_failure(const TaskFailure& failure) {
  const Instance& instance = failure.instance;
  return {{"appId", instance.app->id},
          {"host", instance.host.to_string()},
          {"message", failure.message},
          {"slaveId", agent_id(instance.agent)},
          {"state", failure.state},
          {"taskId", instance.task_id},
          {"timestamp", to_timestamp(failure.when)},
          {"version", instance.app->version}};
}

}  // namespace

std::string_view framework_id() { return "00000000-5167-4e70-8057-000000000000-0000"; }

std::string agent_id(std::size_t agent) {
  return "00000000-5167-4e70-8057-000000000000-S" + std::to_string(agent);
}

json::array describe_addresses(const Instance& instance) {
  return {json::object{{"ipAddress", instance.address.to_string()},
                       {"protocol", instance.address.is_v6() ? "IPv6" : "IPv4"}}};
}

json::object describe_task(const Instance& instance, ServicePorts service_ports) {
  json::object task{{"appId", instance.app->id},
                    {"healthCheckResults", describe_checks(instance)},
                    {"host", instance.host.to_string()},
                    {"id", instance.task_id},
                    {"ipAddresses", describe_addresses(instance)},
                    {"ports", json::value_from(instance.host_ports)},
                    {"slaveId", agent_id(instance.agent)},
                    {"stagedAt", text_of(instance.staged_at)},
                    {"startedAt", text_of(instance.started_at)},
                    {"state", state_of(instance)},
                    {"version", instance.app->version}};
  if (service_ports == ServicePorts::Told) {
    json::array ports;
    for (const AppPort& port : instance.app->ports) ports.emplace_back(port.service_port);
    task["servicePorts"] = std::move(ports);
  }
  return task;
}

json::array describe_tasks(const Instances& instances, ServicePorts service_ports) {
  json::array tasks;
  for (const Instance* instance : instances) {
    if (instance->has_task()) tasks.push_back(describe_task(*instance, service_ports));
  }
  return tasks;
}

json::array describe_readiness(const Instances& instances) {
  json::array results;
  for (const Instance* instance : instances) {
    if (!instance->app->readiness || !instance->has_task()) continue;
    results.push_back(json::object{{"name", instance->app->readiness->name},
                                   {"taskId", instance->task_id},
                                   {"ready", instance->ready}});
  }
  return results;
}

json::object describe_definition(const App& app) {
  json::object document = *app.definition;
  document["version"] = app.version;
  document["versionInfo"] = json::object{{"lastScalingAt", app.scaling_version},
                                         {"lastConfigChangeAt", app.config_version}};
  return document;
}

Embeds::Embeds(const std::vector<std::string>& values) {
  for (const std::string& value : values) asked_.insert(value.substr(value.rfind('.') + 1));
}

json::object describe_app(const App& app, const AppView& view, const Embeds& embeds) {
  json::object document = describe_definition(app);
  add_counts(view.instances, document);
  json::array ids;
  for (const std::string& id : view.deployments) ids.push_back(json::object{{"id", id}});
  document["deployments"] = std::move(ids);
  if (embeds.has("tasks")) document["tasks"] = describe_tasks(view.instances, ServicePorts::Left);
  if (embeds.has("readiness")) {
    document["readinessCheckResults"] = describe_readiness(view.instances);
  }
  if (view.failure && (embeds.has("lastTaskFailure") || embeds.has("failures"))) {
    document["lastTaskFailure"] = describe_failure(*view.failure);
  }
  return document;
}

}  // namespace minimarathon
