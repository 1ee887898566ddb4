#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "watcher/task.h"
#include "watcher/vips/problem.h"
#include "watcher/vips/vip.h"

namespace watcher {

/// A port of a task stands behind a VIP.
struct Binding {
  VipId id{};
  VipKind kind = VipKind::Named;
  std::optional<std::size_t> port;  // Index in Task::ports.
  /// Used without `port`: a port on the agent that the task holds but does not describe; 0 while it
  /// holds none yet. Only labels of the app ask for these.
  std::uint16_t host_port = 0;
  config::SharedCheck check = {};  // How the port is checked for us; see choose_checks().
  Nearness near = Nearness::Elsewhere;
};

struct Bindings {
  std::vector<Binding> bindings;  // May name one VIP more than once.
  std::vector<Problem> problems;
};

/// Every VIP the task asks for, by labels of its ports (VIP_0), of its app (VIP_PORT0, the older
/// way) and as a service port of marathon-lb (HAPROXY_GROUP). Health plays no part in it.
Bindings read_bindings(const Task& task, const VipRules& rules);

/// The backends that a binding of `task` gives now: none while it is starting or has no address.
/// Endpoints of the VIP's own family where there are any, else those of the other family.
std::vector<Backend> backends_of(const Task& task, const Binding& binding);

/// For each port its place in the app's list of port definitions, by which labels of the app count.
/// A definition of "tcp,udp" is one place and two ports.
std::vector<std::size_t> definition_indexes(const Task& task);

}  // namespace watcher
