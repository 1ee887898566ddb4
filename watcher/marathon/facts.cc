#include "watcher/marathon/facts.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "watcher/marathon/checks.h"

namespace watcher::marathon {
namespace {

enum class Network { Host, Bridge, Container };

Network read_network(const json::Object& app) {
  if (const auto networks = json::objects(app, "networks"); !networks.empty()) {  // Since 1.5.
    const std::string_view mode = json::text(*networks.front(), "mode");
    if (mode == "container/bridge") return Network::Bridge;
    return mode == "container" ? Network::Container : Network::Host;
  }
  const json::Object* container = json::member(app, "container");
  const json::Object* docker = container ? json::member(*container, "docker") : nullptr;
  const std::string_view mode = docker ? json::text(*docker, "network") : "";
  if (mode == "BRIDGE") return Network::Bridge;
  if (mode == "USER") return Network::Container;
  const bool ip_per_task = json::member(app, "ipAddress") != nullptr;
  return ip_per_task && mode != "HOST" ? Network::Container : Network::Host;
}

/// "tcp", "udp" or both with a comma; Marathon's default is tcp. Others are left out.
std::vector<Protocol> read_protocols(const json::Object& port) {
  std::string_view names = json::text(port, "protocol");
  if (names.empty()) return {Protocol::Tcp};
  std::vector<Protocol> protocols;
  while (!names.empty()) {
    const std::string_view name = names.substr(0, names.find(','));
    names.remove_prefix(std::min(name.size() + 1, names.size()));
    if (name == "tcp") protocols.push_back(Protocol::Tcp);
    if (name == "udp") protocols.push_back(Protocol::Udp);
  }
  return protocols;
}

std::uint16_t read_port(const json::Object& object, std::string_view key) {
  const json::Value* value = json::find(object, key);
  return value == nullptr ? 0 : json::as_port(*value).value_or(0);
}

/// Positions among the networks of those a port names; empty when it names none, or all there are.
std::vector<std::size_t> read_port_networks(const json::Object& app, const json::Object& port) {
  const auto networks = json::objects(app, "networks");
  std::vector<std::size_t> positions;
  for (const json::Value& wanted : json::list(port, "networkNames")) {
    for (std::size_t i = 0; i < networks.size(); ++i) {
      if (json::text(*networks[i], "name") == json::as_text(wanted)) positions.push_back(i);
    }
  }
  if (positions.size() == networks.size()) positions.clear();
  return positions;
}

PortSpec read_common(const json::Object& port) {
  PortSpec spec;
  spec.name = json::text(port, "name");
  spec.protocols = read_protocols(port);
  spec.labels = json::labels(port, "labels");
  return spec;
}

/// Host network: task.ports[i] belongs to portDefinitions[i], whose `port` is the service port.
/// Before 1.0 there was only `ports`, a list of service ports.
std::vector<PortSpec> read_port_definitions(const json::Object& app) {
  std::vector<PortSpec> specs;
  if (json::find(app, "portDefinitions") == nullptr) {
    for (const json::Value& port : json::list(app, "ports")) {
      PortSpec spec;
      spec.service_port = json::as_port(port).value_or(0);
      spec.protocols = {Protocol::Tcp};
      specs.push_back(std::move(spec));
    }
  }
  for (const json::Object* port : json::objects(app, "portDefinitions")) {
    specs.push_back(read_common(*port));
    specs.back().service_port = read_port(*port, "port");
  }
  return specs;
}

/// Bridge network: every mapping holds a host port. Container network: only those that ask for one;
/// the others are reached at the task's own address.
std::vector<PortSpec> read_port_mappings(const json::Object& app, Network network) {
  std::vector<PortSpec> specs;
  const json::Object* container = json::member(app, "container");
  if (container == nullptr) return specs;
  auto mappings = json::objects(*container, "portMappings");
  const json::Object* docker = json::member(*container, "docker");
  if (mappings.empty() && docker) mappings = json::objects(*docker, "portMappings");  // Until 1.4.
  for (const json::Object* mapping : mappings) {
    specs.push_back(read_common(*mapping));
    specs.back().on_agent =
        network == Network::Bridge || json::find(*mapping, "hostPort") != nullptr;
    specs.back().number = read_port(*mapping, "containerPort");
    specs.back().networks = read_port_networks(app, *mapping);
    specs.back().service_port = read_port(*mapping, "servicePort");
  }
  return specs;
}

/// An address per task, until 1.4: ports stand in ipAddress.discovery.
std::vector<PortSpec> read_discovery_ports(const json::Object& app) {
  std::vector<PortSpec> specs;
  const json::Object* address = json::member(app, "ipAddress");
  const json::Object* discovery = address ? json::member(*address, "discovery") : nullptr;
  if (discovery == nullptr) return specs;
  for (const json::Object* port : json::objects(*discovery, "ports")) {
    specs.push_back(read_common(*port));
    specs.back().on_agent = false;
    specs.back().number = read_port(*port, "number");
  }
  return specs;
}

std::vector<PortSpec> read_port_specs(const json::Object& app, Network network) {
  if (network == Network::Host) return read_port_definitions(app);
  auto specs = read_port_mappings(app, network);
  return specs.empty() ? read_discovery_ports(app) : specs;
}

std::chrono::milliseconds read_kill_grace(const json::Object& object, std::string_view key) {
  constexpr double kMesosDefault = 3;  // Seconds; docker_stop_timeout and the executors agree.
  constexpr double kLongest = 24 * 3600;
  const double seconds = json::number(object, key).value_or(kMesosDefault);
  return std::chrono::milliseconds(static_cast<int>(std::clamp(seconds, 0.0, kLongest) * 1000));
}

// ---- Pods

/// A list of names, where apps have one text. Some name what is spoken over TCP, e.g. "http".
std::vector<Protocol> read_endpoint_protocols(const json::Object& endpoint) {
  const json::Array& names = json::list(endpoint, "protocol");
  const auto is_udp = [](const json::Value& name) { return json::as_text(name) == "udp"; };
  std::vector<Protocol> protocols;
  if (names.empty() || !std::all_of(names.begin(), names.end(), is_udp)) {
    protocols.push_back(Protocol::Tcp);
  }
  if (std::any_of(names.begin(), names.end(), is_udp)) protocols.push_back(Protocol::Udp);
  return protocols;
}

/// Endpoints hold a host port only where they ask for one. Without, those of the host and of a
/// bridge are nowhere to be reached.
void read_endpoints(const json::Object& pod,
                    const json::Object& container,
                    Network network,
                    std::vector<PortSpec>& specs) {
  for (const json::Object* endpoint : json::objects(container, "endpoints")) {
    PortSpec spec;
    spec.on_agent = json::find(*endpoint, "hostPort") != nullptr;
    if (!spec.on_agent && network != Network::Container) continue;
    spec.container = json::text(container, "name");
    spec.name = json::text(*endpoint, "name");
    spec.number = read_port(*endpoint, "containerPort");
    spec.protocols = read_endpoint_protocols(*endpoint);
    spec.networks = read_port_networks(pod, *endpoint);
    spec.labels = json::labels(*endpoint, "labels");
    specs.push_back(std::move(spec));
  }
}

constexpr std::array<std::pair<std::string_view, TaskState>, 15> kStates{{
    {"TASK_STAGING", TaskState::Starting},
    {"TASK_STARTING", TaskState::Starting},
    {"TASK_RUNNING", TaskState::Running},
    {"TASK_KILLING", TaskState::Killing},
    {"TASK_GONE_BY_OPERATOR", TaskState::Killing},
    {"TASK_UNKNOWN", TaskState::Killing},
    {"TASK_UNREACHABLE", TaskState::Unreachable},
    {"TASK_LOST", TaskState::Unreachable},
    {"TASK_FINISHED", TaskState::Ended},
    {"TASK_FAILED", TaskState::Ended},
    {"TASK_KILLED", TaskState::Ended},
    {"TASK_ERROR", TaskState::Ended},
    {"TASK_GONE", TaskState::Ended},
    {"TASK_DROPPED", TaskState::Ended},
    {"TASK_CREATED", TaskState::Starting},
}};

}  // namespace

Definition read_definition(const json::Object& app) {
  const Network network = read_network(app);
  Definition definition;
  definition.ports = read_port_specs(app, network);
  read_checks(app, definition.ports);
  definition.labels = json::labels(app, "labels");
  definition.host_network = network == Network::Host;
  definition.networks = std::max<std::size_t>(1, json::list(app, "networks").size());
  definition.health_checks = !json::objects(app, "healthChecks").empty();
  definition.readiness_checks = !json::objects(app, "readinessChecks").empty();
  definition.kill_grace = read_kill_grace(app, "taskKillGracePeriodSeconds");
  return definition;
}

Definition read_pod_definition(const json::Object& pod) {
  const Network network = read_network(pod);
  Definition definition;
  definition.labels = json::labels(pod, "labels");
  definition.host_network = network == Network::Host;
  definition.networks = std::max<std::size_t>(1, json::list(pod, "networks").size());
  definition.kill_grace = {};
  for (const json::Object* container : json::objects(pod, "containers")) {
    read_endpoints(pod, *container, network, definition.ports);
    read_pod_check(*container, definition.ports);
    if (json::member(*container, "healthCheck")) definition.health_checks = true;
    const json::Object* lifecycle = json::member(*container, "lifecycle");
    const auto grace =
        lifecycle ? read_kill_grace(*lifecycle, "killGracePeriodSeconds") : Definition{}.kill_grace;
    definition.kill_grace = std::max(definition.kill_grace, grace);
  }
  return definition;
}

std::optional<TaskState> parse_state(std::string_view name) {
  const auto* const found = std::find_if(
      kStates.begin(), kStates.end(), [&](const auto& state) { return state.first == name; });
  if (found == kStates.end()) return std::nullopt;
  return found->second;
}

common::Expected<std::vector<std::uint16_t>> read_ports(const json::Object& task) {
  std::vector<std::uint16_t> ports;
  const json::Value* list = json::find(task, "ports");
  if (list != nullptr && !list->is_array()) {
    return common::fail(common::ErrorCode::InvalidInput, "ports is no list");
  }
  for (const json::Value& value : json::list(task, "ports")) {
    const auto port = json::as_port(value);
    if (!port) return common::fail(common::ErrorCode::InvalidInput, "ports holds what is no port");
    ports.push_back(*port);
  }
  return ports;
}

std::vector<IpAddress> read_addresses(const json::Object& task) {
  std::vector<IpAddress> addresses;
  for (const json::Object* entry : json::objects(task, "ipAddresses")) {
    const auto address = IpAddress::parse(json::text(*entry, "ipAddress"));
    if (address) addresses.push_back(*address);
  }
  return addresses;
}

}  // namespace watcher::marathon
