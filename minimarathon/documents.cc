#include "minimarathon/documents.h"

#include <algorithm>
#include <boost/json.hpp>

namespace minimarathon {
namespace {

namespace json = boost::json;

std::string_view state_of(const Instance& instance) {
  switch (instance.condition) {
    case Condition::Scheduled:
      return "TASK_STAGING";
    case Condition::Running:
      return "TASK_RUNNING";
    case Condition::Killing:
      return "TASK_KILLING";
  }
  return "";
}

json::value text_of(const std::optional<WallTime>& time) {
  return time ? json::value(to_timestamp(*time)) : json::value();
}

json::array describe_checks(const Instance& instance) {
  json::array results;
  for (const CheckState& check : instance.checks) {
    if (!check.spoken()) continue;  // Nothing has counted yet.
    results.push_back(json::object{
        {"alive", check.alive()},
        {"consecutiveFailures", check.failures},
        {"firstSuccess", text_of(check.first_success)},
        {"lastFailure", text_of(check.last_failure)},
        {"lastSuccess", text_of(check.last_success)},
        {"lastFailureCause", check.cause.empty() ? json::value() : json::value(check.cause)},
        {"instanceId", instance.id}});
  }
  return results;
}

void add_counts(const Instances& instances, json::object& app) {
  const auto count = [&](auto holds) {
    return std::count_if(instances.begin(), instances.end(), holds);
  };
  app["tasksStaged"] = count(
      [](const Instance* i) { return i->condition == Condition::Scheduled && i->incarnation > 0; });
  app["tasksRunning"] = count([](const Instance* i) { return i->condition == Condition::Running; });
  app["tasksHealthy"] =
      count([](const Instance* i) { return !i->checks.empty() && i->is_healthy(); });
  app["tasksUnhealthy"] = count([](const Instance* i) { return i->has_failed_check(); });
}

json::array describe_readiness(const Instances& instances) {
  json::array results;
  for (const Instance* instance : instances) {
    if (!instance->app->readiness || !instance->ready) continue;
    results.push_back(json::object{{"name", instance->app->readiness->name},
                                   {"taskId", instance->task_id},
                                   {"ready", *instance->ready}});
  }
  return results;
}

}  // namespace

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
    if (instance->incarnation > 0) tasks.push_back(describe_task(*instance, service_ports));
  }
  return tasks;
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

json::object describe_app(const App& app,
                          const Instances& instances,
                          const std::vector<std::string>& deployments,
                          const Embeds& embeds) {
  json::object document = describe_definition(app);
  add_counts(instances, document);
  json::array ids;
  for (const std::string& id : deployments) ids.push_back(json::object{{"id", id}});
  document["deployments"] = std::move(ids);
  if (embeds.has("tasks")) document["tasks"] = describe_tasks(instances, ServicePorts::Left);
  if (embeds.has("readiness") && app.readiness) {
    document["readinessCheckResults"] = describe_readiness(instances);
  }
  return document;
}

}  // namespace minimarathon
