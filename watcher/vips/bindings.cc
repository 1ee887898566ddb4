#include "watcher/vips/bindings.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "common/parse.h"
#include "watcher/vips/checks.h"
#include "watcher/vips/host_networks.h"
#include "watcher/vips/port_options.h"
#include "watcher/vips/service_ports.h"
#include "watcher/vips/vip_label.h"

namespace watcher {
namespace {

/// As the label says, unless this host must not have that address.
common::Expected<VipId> read_vip(std::string_view value,
                                 std::string_view framework,
                                 Protocol protocol,
                                 const VipRules& rules) {
  auto id = parse_vip_label(value, framework, protocol);
  if (!id || !id->name.empty()) return id;
  const auto refused = belongs_to_others(id->address, rules);
  return refused ? common::fail(common::ErrorCode::InvalidInput, *refused) : id;
}

/// Adds the VIP that `value` names for the port and protocol of `place`, or the problem with it.
void add_vip(const Task& task,
             std::string_view value,
             Binding place,
             Problem where,
             const VipRules& rules,
             Bindings& out) {
  auto id = read_vip(value, task.framework, place.id.protocol, rules);
  if (!id) {
    where.reason = std::move(id.error().message);
    out.problems.push_back(std::move(where));
    return;
  }
  place.kind = id->name.empty() ? VipKind::Address : VipKind::Named;
  place.id = std::move(*id);
  out.bindings.push_back(std::move(place));
}

void add_port_labels(const Task& task, const VipRules& rules, Bindings& out) {
  const std::vector<std::size_t> definitions = definition_indexes(task);
  for (std::size_t i = 0; i < task.ports.size(); ++i) {
    const TaskPort& port = task.ports[i];
    for (const std::string_view prefix : {"VIP", "vip"}) {  // Just these two, as in DC/OS.
      for (auto label = port.labels->lower_bound(prefix);
           label != port.labels.end() && label->first.starts_with(prefix);
           ++label) {
        const Binding place{.id = {.name = {}, .address = {}, .protocol = port.protocol},
                            .port = i};
        add_vip(task, label->second, place, problem_at(task, definitions[i], *label), rules, out);
      }
    }
  }
}

/// The n of "VIP_PORTn", in any case.
std::optional<std::size_t> index_in_key(std::string_view key) {
  constexpr std::string_view kPrefix = "vip_port";
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; };
  const std::string_view start = key.substr(0, kPrefix.size());
  if (!std::equal(start.begin(), start.end(), kPrefix.begin(), kPrefix.end(), same)) {
    return std::nullopt;
  }
  return common::parse_integer<std::size_t>(key.substr(kPrefix.size()));
}

/// The described port that is this one on the agent.
std::optional<std::size_t> find_agent_port(const Task& task,
                                           std::uint16_t number,
                                           Protocol protocol) {
  const auto port = std::find_if(task.ports.begin(), task.ports.end(), [&](const TaskPort& p) {
    return p.reach == Reach::Agent && p.port == number && p.protocol == protocol;
  });
  if (port == task.ports.end()) return std::nullopt;
  return static_cast<std::size_t>(port - task.ports.begin());
}

/// "VIP_PORT0": "tcp://1.2.3.4:5000" of the time before ports had labels: the n-th port that the
/// task holds on its agent.
void add_app_label(const Task& task,
                   std::size_t index,
                   const Labels::value_type& label,
                   const VipRules& rules,
                   Bindings& out) {
  Problem where = problem_at(task, {}, label);
  const std::string_view value = label.second;
  const bool udp = value.starts_with("udp://");
  if (!udp && !value.starts_with("tcp://")) {
    where.reason = "write tcp://NAME:PORT or udp://NAME:PORT";
    out.problems.push_back(std::move(where));
    return;
  }
  const bool held = index < task.host_ports.size();
  if (!held && task.state != TaskState::Starting) {
    where.reason = "the task holds only " + std::to_string(task.host_ports.size()) +
                   " ports on its agent; count from 0";
    out.problems.push_back(std::move(where));
    return;
  }
  Binding place;
  place.id.protocol = udp ? Protocol::Udp : Protocol::Tcp;
  place.host_port = held ? task.host_ports[index] : std::uint16_t{0};
  place.port = find_agent_port(task, place.host_port, place.id.protocol);
  add_vip(task, value.substr(6), place, std::move(where), rules, out);
}

void add_app_labels(const Task& task, const VipRules& rules, Bindings& out) {
  for (const auto& label : task.labels) {
    const auto index = index_in_key(label.first);
    if (index) add_app_label(task, *index, label, rules, out);
  }
}

/// "tcp,udp" in one definition gives two neighbours that differ in nothing else.
bool are_one_definition(const TaskPort& a, const TaskPort& b) {
  return a.protocol != b.protocol && a.port == b.port && a.reach == b.reach &&
         a.service_port == b.service_port && a.name == b.name && a.labels == b.labels;
}

/// The operator's word is about tasks that would go on.
bool is_drained(const Task& task, const TaskPort& port) {
  return is_usable(task) && (task.drained || port.drained);
}

std::optional<BackendState> backend_state(const Task& task, const TaskPort& port) {
  switch (task.state) {
    case TaskState::Starting:
    case TaskState::Ended:
      return std::nullopt;
    case TaskState::Killing:
      return BackendState::Draining;
    case TaskState::Running:
    case TaskState::Unreachable:
      if (is_drained(task, port)) return BackendState::Draining;
      return is_passing(task, port) ? BackendState::Passing : BackendState::Failing;
  }
  return std::nullopt;
}

}  // namespace

Bindings read_bindings(const Task& task, const VipRules& rules) {
  Bindings out;
  add_port_labels(task, rules, out);
  add_app_labels(task, rules, out);
  add_service_ports(task, rules, out);
  choose_checks(task, rules, out);
  report_port_options(task, out);
  const Nearness near = preference(task, rules.node, rules.prefer_local);
  for (Binding& binding : out.bindings) binding.near = near;
  return out;
}

std::vector<Backend> backends_of(const Task& task, const Binding& binding) {
  TaskPort undescribed;
  undescribed.port = binding.host_port;
  undescribed.protocol = binding.id.protocol;
  const TaskPort& port = binding.port ? task.ports[*binding.port] : undescribed;
  const auto state = backend_state(task, port);
  if (!state || port.port == 0) return {};

  auto endpoints = endpoints_of(task, port);
  const auto other_family = std::stable_partition(
      endpoints.begin(), endpoints.end(), [&](const common::SocketAddress& endpoint) {
        return endpoint.ip.is_v6() == binding.id.address.is_v6();  // A named VIP's is IPv4.
      });
  if (other_family != endpoints.begin()) endpoints.erase(other_family, endpoints.end());

  std::vector<Backend> backends;
  backends.reserve(endpoints.size());
  const PortOptions options = port_options(task, binding);
  const config::SharedCheck check = greeting_as(options, binding);
  for (const auto& endpoint : endpoints) {
    backends.push_back(
        {endpoint, *state, task.key, task.app, task.kill_grace, options, check, binding.near});
    backends.back().drained = is_drained(task, port);
  }
  return backends;
}

std::vector<std::size_t> definition_indexes(const Task& task) {
  std::vector<std::size_t> indexes;
  for (std::size_t i = 0; i < task.ports.size(); ++i) {
    if (i == 0) {
      indexes.push_back(0);
    } else {
      indexes.push_back(indexes[i - 1] +
                        (are_one_definition(task.ports[i - 1], task.ports[i]) ? 0 : 1));
    }
  }
  return indexes;
}

}  // namespace watcher
