#include "watcher/catalog/drains.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace watcher {
namespace {

using common::ErrorCode;
using common::fail;
using common::SocketAddress;

/// Host names have no case, and what else names an agent is told apart without it, too.
std::string lower(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lowered;
}

std::string agent_text(std::string_view name) {
  const auto address = IpAddress::parse(name);
  return address ? address->to_string() : lower(name);
}

Drain drain_of(const SocketAddress& endpoint) {
  return {DrainKind::Endpoint, endpoint.to_string()};
}

bool describes(const Task& task, std::uint16_t number) {
  return std::any_of(task.ports.begin(), task.ports.end(), [number](const TaskPort& port) {
    return port.port == number && port.reach == Reach::Agent;
  });
}

/// Every drain that would hold the whole task: ports that it has without describing them are no
/// matter of a TaskPort.
std::vector<Drain> drains_of(const Task& task) {
  std::vector<Drain> drains{{DrainKind::Task, *task.key.id},
                            {DrainKind::Agent, agent_text(task.agent_id)}};
  for (const IpAddress& address : task.agent_addresses) {
    drains.push_back({DrainKind::Agent, address.to_string()});
    for (const std::uint16_t number : task.host_ports) {
      if (!describes(task, number)) drains.push_back(drain_of({address, number}));
    }
  }
  return drains;
}

}  // namespace

std::string_view to_string(DrainKind kind) {
  switch (kind) {
    case DrainKind::Task:
      return "task";
    case DrainKind::Agent:
      return "agent";
    case DrainKind::Endpoint:
      break;
  }
  return "endpoint";
}

std::string Drain::to_string() const { return std::string(watcher::to_string(kind)) + " " + name; }

common::Expected<Drain> Drain::read(DrainKind kind, std::string_view name) {
  constexpr std::size_t kMaxName = 512;
  if (name.empty() || name.size() > kMaxName) {
    return fail(ErrorCode::InvalidInput,
                std::string(watcher::to_string(kind)) + ": expected a text of 1 to 512 octets");
  }
  if (kind == DrainKind::Task) return Drain{kind, std::string(name)};
  if (kind == DrainKind::Agent) return Drain{kind, agent_text(name)};
  const auto endpoint = SocketAddress::parse(name);
  if (!endpoint) return fail(ErrorCode::InvalidInput, "endpoint: expected ADDRESS:PORT");
  return drain_of(*endpoint);
}

bool Drains::hold(const Task& task) const {
  if (all.empty()) return false;
  const auto drains = drains_of(task);
  return std::any_of(
      drains.begin(), drains.end(), [&](const Drain& drain) { return all->contains(drain); });
}

bool Drains::hold(const Task& task, const TaskPort& port) const {
  if (all.empty()) return false;
  const auto endpoints = endpoints_of(task, port);
  return std::any_of(endpoints.begin(), endpoints.end(), [&](const SocketAddress& endpoint) {
    return all->contains(drain_of(endpoint));
  });
}

void Drains::mark(Task& task) const {
  task.drained = hold(task);
  for (TaskPort& port : task.ports) port.drained = hold(task, port);
}

bool Drains::is_marked(const Task& task) const {
  return task.drained == hold(task) &&
         std::all_of(task.ports.begin(), task.ports.end(), [&](const TaskPort& port) {
           return port.drained == hold(task, port);
         });
}

bool Drains::hold_any_of(const Task& task) const {
  return hold(task) || std::any_of(task.ports.begin(), task.ports.end(), [&](const TaskPort& port) {
           return hold(task, port);
         });
}

std::vector<Drain> Drains::about(const Task& task) const {
  std::vector<Drain> found;
  if (all.empty()) return found;
  const auto look = [&](const Drain& drain) {
    if (drain.kind != DrainKind::Agent && all->contains(drain)) found.push_back(drain);
  };
  for (const Drain& drain : drains_of(task)) look(drain);
  for (const TaskPort& port : task.ports) {
    for (const SocketAddress& endpoint : endpoints_of(task, port)) look(drain_of(endpoint));
  }
  return found;
}

}  // namespace watcher
