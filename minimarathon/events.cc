#include "minimarathon/events.h"

#include <boost/json.hpp>

#include "minimarathon/documents.h"

namespace minimarathon {

namespace json = boost::json;

namespace {

json::array checks_in(const App& app) {
  const auto* checks = app.definition->if_contains("healthChecks");
  return checks ? checks->as_array() : json::array{};
}

}  // namespace

void Events::status_update(const Instance& instance,
                           std::string_view status,
                           std::string_view message) {
  bus_.publish("status_update_event",
               {{"slaveId", agent_id(instance.agent)},
                {"taskId", instance.task_id},
                {"taskStatus", status},
                {"message", message},
                {"appId", instance.app->id},
                {"host", instance.host.to_string()},
                {"ipAddresses", describe_addresses(instance)},
                {"ports", json::value_from(instance.host_ports)},
                {"version", instance.app->version}});
}

void Events::instance_changed(const Instance& instance, std::string_view condition) {
  const bool placed = instance.incarnation > 0;
  bus_.publish("instance_changed_event",
               {{"instanceId", instance.id},
                {"condition", condition},
                {"runSpecId", instance.app->id},
                {"agentId", placed ? json::value(agent_id(instance.agent)) : json::value()},
                {"host", placed ? json::value(instance.host.to_string()) : json::value()},
                {"runSpecVersion", instance.app->version}});
}

void Events::check_flipped(const Instance& instance, std::size_t check) {
  bus_.publish("health_status_changed_event",
               {{"appId", instance.app->id},
                {"instanceId", instance.id},
                {"version", instance.app->version},
                {"alive", instance.checks[check].alive()}});
}

void Events::health_changed(const Instance& instance) {
  const std::optional<bool> healthy = instance.healthy();
  bus_.publish("instance_health_changed_event",
               {{"instanceId", instance.id},
                {"runSpecId", instance.app->id},
                {"healthy", healthy ? json::value(*healthy) : json::value()},
                {"runSpecVersion", instance.app->version}});
}

void Events::failed_health_check(const Instance& instance, std::size_t check) {
  bus_.publish("failed_health_check_event",
               {{"appId", instance.app->id},
                {"taskId", instance.id},  // So it is: the instance's id.
                {"healthCheck", checks_in(*instance.app).at(check)}});
}

void Events::unhealthy_kill(const Instance& instance, std::string_view reason) {
  bus_.publish("unhealthy_instance_kill_event",
               {{"appId", instance.app->id},
                {"taskId", instance.task_id},
                {"instanceId", instance.id},
                {"version", instance.app->version},
                {"reason", reason},
                {"host", instance.host.to_string()},
                {"slaveId", agent_id(instance.agent)}});
}

void Events::health_checks_added(const App& app) {
  for (const json::value& check : checks_in(app)) {
    bus_.publish("add_health_check_event",
                 {{"appId", app.id}, {"version", app.version}, {"healthCheck", check}});
  }
}

void Events::health_checks_removed(const App& app) {
  for (std::size_t i = 0; i < app.checks.size(); ++i) {
    bus_.publish("remove_health_check_event", {{"appId", app.id}});
  }
}

void Events::app_terminated(const std::string& app_id) {
  bus_.publish("app_terminated_event", {{"appId", app_id}});
}

void Events::app_posted(const std::string& client, const std::string& uri, const App& app) {
  bus_.publish("api_post_event",
               {{"clientIp", client}, {"uri", uri}, {"appDefinition", describe_definition(app)}});
}

void Events::group_changed(const std::string& group_id, const std::string& version) {
  bus_.publish("group_change_success", {{"groupId", group_id}, {"version", version}});
}

}  // namespace minimarathon
