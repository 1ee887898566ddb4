#include "minimarathon/environment.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace minimarathon {
namespace {

using Environment = std::map<std::string, std::string>;

/// As part of a variable's name: what is no letter, digit or underscore becomes one; upper case.
std::string as_variable(const std::string& text) {
  std::string name = text;
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) {
    return std::isalnum(c) ? static_cast<char>(std::toupper(c)) : '_';
  });
  return name;
}

void add_ports(const Instance& instance, Environment& env) {
  std::string all;
  for (std::size_t i = 0; i < instance.bound_ports.size(); ++i) {
    const AppPort& port = instance.app->ports[i];
    const std::string number = std::to_string(instance.bound_ports[i]);
    env[fmt::format("PORT{}", i)] = number;
    if (!port.name.empty()) env["PORT_" + as_variable(port.name)] = number;
    const std::uint16_t asked = port.container_port ? port.container_port : port.service_port;
    env[fmt::format("PORT_{}", asked)] = number;
    all += (i == 0 ? "" : ",") + number;
  }
  if (all.empty()) return;
  env["PORTS"] = all;
  env["PORT"] = env["PORT0"];
}

void add_labels(const App& app, Environment& env) {
  constexpr std::size_t kMaxValue = 512;
  std::string names;
  for (const auto& [name, value] : app.labels) {
    if (value.size() >= kMaxValue) continue;
    env["MARATHON_APP_LABEL_" + as_variable(name)] = value;
    names += (names.empty() ? "" : " ") + as_variable(name);
  }
  env["MARATHON_APP_LABELS"] = names;
}

}  // namespace

Environment environment_of(const Instance& instance, const std::string& sandbox) {
  const App& app = *instance.app;
  Environment env{{"HOST", instance.address.to_string()},
                  {"MESOS_TASK_ID", instance.task_id},
                  {"MESOS_SANDBOX", sandbox},
                  {"MARATHON_APP_ID", app.id},
                  {"MARATHON_APP_VERSION", app.version},
                  {"MARATHON_APP_RESOURCE_CPUS", fmt::format("{}", app.cpus)},
                  {"MARATHON_APP_RESOURCE_MEM", fmt::format("{}", app.mem)},
                  {"MARATHON_APP_RESOURCE_DISK", fmt::format("{}", app.disk)},
                  {"MARATHON_APP_RESOURCE_GPUS", fmt::format("{}", app.gpus)}};
  if (!app.image.empty()) env["MARATHON_APP_DOCKER_IMAGE"] = app.image;
  add_ports(instance, env);
  add_labels(app, env);
  for (const auto& [name, value] : app.env) env[name] = value;
  return env;
}

}  // namespace minimarathon
