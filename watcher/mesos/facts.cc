#include "watcher/mesos/facts.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cmath>
#include <utility>

#include "common/parse.h"
#include "http/message.h"

namespace watcher::mesos {
namespace {

using common::Expected;

constexpr std::size_t kMostHostPorts = 1024;  // Of one task.
constexpr std::string_view kAddressLabel = "MesosContainerizer.NetworkSettings.IPAddress";

tl::unexpected<common::Error> refuse(std::string why) {
  return common::fail(common::ErrorCode::InvalidInput, std::move(why));
}

std::string lowered(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  return lower;
}

std::uint16_t read_port(const json::Object& object, std::string_view key) {
  const json::Value* value = json::find(object, key);
  return value == nullptr ? 0 : json::as_port(*value).value_or(0);
}

/// "tcp", "UDP" or both with a comma. None at all is both, as Mesos-DNS takes it. Empty when it is
/// something else.
std::vector<Protocol> read_protocols(const json::Object& port) {
  const std::string names = lowered(json::text(port, "protocol"));
  if (names.empty()) return {Protocol::Tcp, Protocol::Udp};
  std::vector<Protocol> protocols;
  for (std::string_view rest = names; !rest.empty();) {
    const std::string_view name = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(name.size() + 1, rest.size()));
    if (name == "tcp") protocols.push_back(Protocol::Tcp);
    if (name == "udp") protocols.push_back(Protocol::Udp);
  }
  return protocols;
}

/// `[{"key", "value"}]`, or an object with such a list in `labels`. A label may have no value.
Labels read_labels(const json::Object& object) {
  const json::Object* wrapped = json::member(object, "labels");
  Labels labels;
  for (const json::Object* label : json::objects(wrapped ? *wrapped : object, "labels")) {
    labels.emplace(json::text(*label, "key"), json::text(*label, "value"));
  }
  return labels;
}

// ---- Ports

Scope read_scope(const Labels& labels) {
  const auto scope = labels.find("network-scope");
  if (scope == labels.end()) return Scope::Unsaid;
  if (scope->second == "host") return Scope::Host;
  return scope->second == "container" ? Scope::Container : Scope::Unsaid;
}

Expected<DiscoveryPort> read_discovery_port(const json::Object& object) {
  DiscoveryPort port;
  port.number = read_port(object, "number");
  if (port.number == 0) return refuse("its number is none from 1 to 65535");
  port.protocols = read_protocols(object);
  if (port.protocols.empty()) {
    return refuse(
        fmt::format("protocol '{}' is neither tcp nor udp", json::text(object, "protocol")));
  }
  port.name = json::text(object, "name");
  port.labels = read_labels(object);
  port.scope = read_scope(port.labels);
  return port;
}

void read_discovery(const json::Object& task, TaskFacts& facts, std::vector<Rejection>& rejected) {
  const json::Object* discovery = json::member(task, "discovery");
  if (discovery == nullptr) return;
  facts.discovery_name = json::text(*discovery, "name");
  const json::Object* ports = json::member(*discovery, "ports");
  if (ports == nullptr) return;
  for (const json::Object* object : json::objects(*ports, "ports")) {
    auto port = read_discovery_port(*object);
    if (port) {
      facts.ports.push_back(std::move(*port));
    } else {
      const std::string_view name = json::text(*object, "name");
      rejected.push_back({fmt::format("discovery port '{}' of task '{}'", name, facts.ref.id),
                          port.error().message});
    }
  }
}

/// Of Docker, whose keys are these, and of CNI networks.
void add_mappings(const json::Object& object, std::vector<PortMapping>& mappings) {
  for (const json::Object* found : json::objects(object, "port_mappings")) {
    PortMapping mapping;
    mapping.host_port = read_port(*found, "host_port");
    mapping.container_port = read_port(*found, "container_port");
    mapping.protocols = read_protocols(*found);
    if (mapping.host_port != 0) mappings.push_back(std::move(mapping));
  }
}

std::vector<PortMapping> read_container_mappings(const json::Object& task) {
  std::vector<PortMapping> mappings;
  const json::Object* container = json::member(task, "container");
  if (container == nullptr) return mappings;
  if (const json::Object* docker = json::member(*container, "docker")) {
    add_mappings(*docker, mappings);
  }
  for (const json::Object* network : json::objects(*container, "network_infos")) {
    add_mappings(*network, mappings);
  }
  return mappings;
}

void add_range(std::uint64_t first, std::uint64_t last, std::vector<std::uint16_t>& ports) {
  for (std::uint64_t port = first; port <= std::min<std::uint64_t>(last, 65535); ++port) {
    if (port == 0) continue;
    if (ports.size() >= kMostHostPorts) return;
    ports.push_back(static_cast<std::uint16_t>(port));
  }
}

/// "[31000-31001, 31005-31005]" of /state. What is no range in it is passed over.
void add_ranges(std::string_view text, std::vector<std::uint16_t>& ports) {
  if (text.starts_with('[')) text.remove_prefix(1);
  if (text.ends_with(']')) text.remove_suffix(1);
  while (!text.empty()) {
    std::string_view range = text.substr(0, text.find(','));
    text.remove_prefix(std::min(range.size() + 1, text.size()));
    range.remove_prefix(std::min(range.find_first_not_of(' '), range.size()));
    const std::size_t dash = range.find('-');
    const auto first = common::parse_integer<std::uint64_t>(range.substr(0, dash));
    const auto last = dash == std::string_view::npos
                          ? first
                          : common::parse_integer<std::uint64_t>(range.substr(dash + 1));
    if (first && last) add_range(*first, *last, ports);
  }
}

std::vector<std::uint16_t> read_host_ports(const json::Object& task) {
  std::vector<std::uint16_t> ports;
  if (const json::Object* resources = json::member(task, "resources")) {
    add_ranges(json::text(*resources, "ports"), ports);
  }
  for (const json::Object* resource : json::objects(task, "resources")) {
    const json::Object* ranges = json::member(*resource, "ranges");
    if (json::text(*resource, "name") != "ports" || ranges == nullptr) continue;
    for (const json::Object* range : json::objects(*ranges, "range")) {
      const auto first = json::number(*range, "begin");
      const auto last = json::number(*range, "end");
      if (!first || !last || *first < 0 || *last < *first || *first > 65535) continue;
      add_range(static_cast<std::uint64_t>(*first),
                static_cast<std::uint64_t>(std::min(*last, 65535.0)),
                ports);
    }
  }
  return ports;
}

// ---- Statuses

/// CNI writes IPv6 addresses as it configures them, with the prefix's length (RFC 4291, section
/// 2.3, "the address of a node and its subnet prefix"): the address in it is the node's.
std::optional<IpAddress> read_address(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address || slash == std::string_view::npos) return address;
  const auto length = common::parse_integer<int>(text.substr(slash + 1));
  const int most = address->is_v4() ? 32 : 128;
  return length && *length >= 0 && *length <= most ? address : std::nullopt;
}

void add_address(std::string_view text, std::vector<IpAddress>& addresses) {
  const auto address = read_address(text);
  if (!address || address->is_unspecified()) return;
  if (std::find(addresses.begin(), addresses.end(), *address) == addresses.end()) {
    addresses.push_back(*address);
  }
}

/// Before 0.26 a network had one address, in `ip_address`; 0.26 and 0.27 wrote both.
void read_network(const json::Object& network, Observed& observed) {
  const auto addresses = json::objects(network, "ip_addresses");
  for (const json::Object* address : addresses) {
    add_address(json::text(*address, "ip_address"), observed.addresses);
  }
  if (addresses.empty()) add_address(json::text(network, "ip_address"), observed.addresses);
  add_mappings(network, observed.mappings);
}

std::chrono::milliseconds milliseconds_of(double nanoseconds) {
  constexpr double kMost = 1e9 * 3600 * 24;
  return std::chrono::milliseconds(
      static_cast<std::int64_t>(std::clamp(nanoseconds, 0.0, kMost) / 1e6));
}

std::optional<std::chrono::milliseconds> read_kill_grace(const json::Object& task) {
  const json::Object* policy = json::member(task, "kill_policy");
  const json::Object* grace = policy ? json::member(*policy, "grace_period") : nullptr;
  const auto nanoseconds = grace ? json::number(*grace, "nanoseconds") : std::nullopt;
  if (!nanoseconds) return std::nullopt;
  return milliseconds_of(*nanoseconds);
}

/// Nothing for what is no time a check could take.
std::optional<std::chrono::milliseconds> read_seconds(const json::Object& from,
                                                      std::string_view key) {
  const auto value = json::number(from, key);
  if (!value || !(*value > 0) || *value > 86400) return std::nullopt;
  return std::chrono::milliseconds(std::llround(*value * 1000));
}

/// HTTP, HTTPS and TCP; a command belongs into the container.
void read_check(const json::Object& from, TaskFacts& facts) {
  const json::Object* web = json::member(from, "http");
  const json::Object* where = web != nullptr ? web : json::member(from, "tcp");
  const json::Value* port = where != nullptr ? json::find(*where, "port") : nullptr;
  if (port == nullptr) return;
  config::Check check;
  check.kind = config::CheckKind::Tcp;
  if (web != nullptr) {
    const std::string_view path = json::text(*web, "path");
    check.kind =
        json::text(*web, "scheme") == "https" ? config::CheckKind::Https : config::CheckKind::Http;
    check.subject = path.starts_with('/') ? path : "/" + std::string(path);
    check.interval = read_seconds(from, "interval_seconds");
    check.timeout = read_seconds(from, "timeout_seconds");
  }
  facts.check = check;
  facts.check_port = json::as_port(*port).value_or(0);
}

// ---- Agents

/// Since 1.4, where agents were started with a domain.
void read_fault_domain(const json::Object& agent, AgentFacts& facts) {
  const json::Object* domain = json::member(agent, "domain");
  const json::Object* found = domain ? json::member(*domain, "fault_domain") : nullptr;
  if (found == nullptr) return;
  if (const json::Object* region = json::member(*found, "region")) {
    facts.region = json::text(*region, "name");
  }
  if (const json::Object* zone = json::member(*found, "zone")) {
    facts.zone = json::text(*zone, "name");
  }
}

}  // namespace

std::optional<TaskState> parse_state(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, TaskState>, 14> kStates{{
      {"TASK_STAGING", TaskState::Starting},
      {"TASK_STARTING", TaskState::Starting},
      {"TASK_RUNNING", TaskState::Running},
      {"TASK_KILLING", TaskState::Killing},
      {"TASK_FINISHED", TaskState::Ended},
      {"TASK_FAILED", TaskState::Ended},
      {"TASK_KILLED", TaskState::Ended},
      {"TASK_ERROR", TaskState::Ended},
      {"TASK_DROPPED", TaskState::Ended},
      {"TASK_GONE", TaskState::Ended},
      {"TASK_GONE_BY_OPERATOR", TaskState::Ended},
      {"TASK_LOST", TaskState::Unreachable},
      {"TASK_UNREACHABLE", TaskState::Unreachable},
      {"TASK_UNKNOWN", TaskState::Unreachable},
  }};
  const auto* const found = std::find_if(
      kStates.begin(), kStates.end(), [&](const auto& known) { return known.first == name; });
  return found == kStates.end() ? std::nullopt : std::optional(found->second);
}

std::string read_id(const json::Object& object, std::string_view key) {
  const json::Object* wrapped = json::member(object, key);
  return std::string(wrapped ? json::text(*wrapped, "value") : json::text(object, key));
}

std::optional<Peer> parse_pid(std::string_view pid) {
  const std::size_t at = pid.rfind('@');
  const std::size_t colon = pid.rfind(':');
  if (at == std::string_view::npos || colon == std::string_view::npos || colon < at) {
    return std::nullopt;
  }
  std::string_view host = pid.substr(at + 1, colon - at - 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const auto port = common::parse_integer<std::uint16_t>(pid.substr(colon + 1));
  if (host.empty() || !port || *port == 0) return std::nullopt;
  return Peer{std::string(host), *port};
}

Expected<TaskSeen> read_task(const json::Object& task, std::vector<Rejection>& rejected) {
  TaskSeen seen;
  TaskFacts& facts = seen.facts;
  facts.ref = {read_id(task, "framework_id"), read_id(task, "task_id")};
  if (facts.ref.id.empty()) facts.ref.id = read_id(task, "id");
  if (facts.ref.id.empty()) return refuse("it has no id");
  if (facts.ref.framework.empty()) return refuse("it names no framework");
  const std::string_view name = json::text(task, "state");
  const auto state = parse_state(name);
  if (!state) return refuse(fmt::format("state '{}' is no Mesos task state", name));
  facts.state = *state;
  facts.name = json::text(task, "name");
  facts.agent = read_id(task, "agent_id");
  if (facts.agent.empty()) facts.agent = read_id(task, "slave_id");
  read_discovery(task, facts, rejected);
  facts.host_ports = read_host_ports(task);
  facts.mappings = read_container_mappings(task);
  facts.labels = read_labels(task);
  facts.health_checked = json::member(task, "health_check") != nullptr;
  if (facts.health_checked) read_check(*json::member(task, "health_check"), facts);
  facts.kill_grace = read_kill_grace(task);
  for (const json::Object* status : json::objects(task, "statuses")) {
    seen.observed.absorb(read_status(*status));
  }
  return seen;
}

Observed read_status(const json::Object& status) {
  Observed observed;
  const double when = json::number(status, "timestamp").value_or(0);
  if (const json::Value* healthy = json::find(status, "healthy"); healthy && healthy->is_bool()) {
    observed.verdict = healthy->get_bool() ? Health::Passing : Health::Failing;
    observed.verdict_at = when;
  }
  if (const json::Object* container = json::member(status, "container_status")) {
    for (const json::Object* network : json::objects(*container, "network_infos")) {
      read_network(*network, observed);
    }
  }
  const Labels labels = read_labels(status);
  const auto label = labels.find(kAddressLabel);  // Of versions before network_infos.
  if (observed.addresses.empty() && label != labels.end()) {
    add_address(label->second, observed.addresses);
  }
  observed.addresses_at = observed.addresses.empty() ? 0 : when;
  return observed;
}

Expected<AgentFacts> read_agent(const json::Object& agent) {
  const json::Object* info = json::member(agent, "agent_info");
  const json::Object& described = info ? *info : agent;  // /state and recovered agents have none.
  AgentFacts facts;
  facts.id = read_id(described, "id");
  if (facts.id.empty()) return refuse("it has no id");
  facts.hostname = json::text(described, "hostname");
  facts.host = facts.hostname;
  facts.port = read_port(described, "port");
  if (auto peer = parse_pid(json::text(agent, "pid"))) {
    facts.host = std::move(peer->host);
    facts.port = peer->port;
  }
  facts.draining = json::member(agent, "drain_info") != nullptr;
  read_fault_domain(described, facts);
  return facts;
}

Expected<FrameworkFacts> read_framework(const json::Object& framework) {
  const json::Object* info = json::member(framework, "framework_info");
  const json::Object& described = info ? *info : framework;
  FrameworkFacts facts;
  facts.id = read_id(described, "id");
  if (facts.id.empty()) return refuse("it has no id");
  facts.name = json::text(described, "name");
  facts.host = json::text(described, "hostname");
  if (facts.host.empty()) {
    const auto ui = http::Url::parse(json::text(described, "webui_url"));
    if (ui) facts.host = ui->host;
  }
  if (auto peer = parse_pid(json::text(framework, "pid"))) {
    facts.host = std::move(peer->host);
    facts.port = peer->port;
    facts.has_pid = true;
  }
  return facts;
}

}  // namespace watcher::mesos
