#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/ip.h"
#include "common/shared.h"
#include "config/check.h"

/// The neutral model: what an orchestrator runs, in words no orchestrator owns.
namespace watcher {

using common::IpAddress;
using common::SharedString;

/// Names a task for as long as it lives.
struct TaskKey {
  SharedString source;      // The configured name of the source, e.g. "marathon".
  SharedString id;          // The orchestrator's own id.
  SharedString scope = {};  // Within it ids are unique, e.g. a framework's id; empty: the source.

  friend auto operator<=>(const TaskKey&, const TaskKey&) = default;
};

enum class TaskState : std::uint8_t {
  Starting,     // Known, not running yet: no traffic.
  Running,      // Traffic when its health allows.
  Killing,      // Drains: nothing new, what is open goes on.
  Unreachable,  // Its agent is lost: used only if the own probe passes or nothing else is left.
  Ended,        // Gone for good; kept by no snapshot.
};

enum class Health : std::uint8_t {
  None,     // Nobody checks: passing once running.
  Unknown,  // A check exists and has not spoken yet.
  Passing,
  Failing,
};

enum class Protocol : std::uint8_t { Tcp, Udp };

/// Whose address a port belongs to.
enum class Reach : std::uint8_t {
  Agent,  // agent address : port (host network, or a mapped host port)
  Task,   // the task's own address : port (container network)
};

using Labels = std::map<std::string, std::string, std::less<>>;
using SharedLabels = common::Shared<Labels>;

/// The value of a label; null when there is none.
const std::string* find_label(const Labels& labels, std::string_view key);

/// One port a task offers, one protocol each ("tcp,udp" becomes two).
struct TaskPort {
  SharedString name;  // May be empty.
  std::uint16_t port = 0;
  Protocol protocol = Protocol::Tcp;
  Reach reach = Reach::Agent;
  std::uint16_t service_port = 0;  // The orchestrator's service port, 0 when it has none.
  SharedLabels labels;             // Labels of this port, e.g. VIP_0.
  config::SharedCheck check = {};  // As the orchestrator's definition of the app has it, if so.
  Health probe = Health::None;     // Verdict of our own check; written by the catalog only.
  bool drained = false;            // By the operator; written by the catalog only.
  /// Reach::Task, on several networks: those of the task's addresses that offer it. Empty: all.
  std::vector<IpAddress> addresses = {};

  friend bool operator==(const TaskPort&, const TaskPort&) = default;
};

/// Texts and labels are shared: thousands of tasks of one app differ in little.
struct Task {
  TaskKey key;
  SharedString name;       // As the orchestrator's scheduler names it: "b.a" for Marathon's /a/b.
  SharedString app;        // The unit people deploy, e.g. "/a/b".
  SharedString framework;  // Scheduler name, e.g. "marathon".
  SharedString agent_id;   // e.g. "145f052d-8bcb-457f-b1e6-b1b4e2cdf787-S2"; may be empty.
  SharedString version;    // Of the app definition this task runs.
  SharedString region;     // Of its agent, as the fault domain of Mesos names it; may be empty,
  SharedString zone;       // as may the zone within the region.

  /// DiscoveryInfo name; empty when the task has none. It decides the Mesos-DNS name forms.
  SharedString discovery_name;
  std::vector<TaskPort> ports;            // Discovery ports, in definition order.
  std::vector<std::uint16_t> host_ports;  // Port resources held on the agent.

  std::vector<IpAddress> agent_addresses;  // Empty while the agent's name is not resolved.
  std::vector<IpAddress> addresses;        // The task's own; empty when unknown.
  SharedLabels labels;                     // Of the app.

  TaskState state = TaskState::Starting;
  Health health = Health::None;  // The orchestrator's verdict.
  bool ready = true;             // False while a readiness check of a deployment has not passed.
  bool drained = false;          // By the operator, all of it; written by the catalog only.
  std::chrono::milliseconds kill_grace{3000};

  friend bool operator==(const Task&, const Task&) = default;
};

/// Where clients of this port connect to, one per address; empty while none is known.
std::vector<common::SocketAddress> endpoints_of(const Task& task, const TaskPort& port);

/// May this port take new work? Running, ready, and neither verdict speaks against it.
bool is_passing(const Task& task, const TaskPort& port);
/// May this task be named? As above over all its ports.
bool is_passing(const Task& task);
/// Exists and could serve if nothing better is left (fail open): running or unreachable.
bool is_usable(const Task& task);

std::string_view to_string(TaskState state);
std::string_view to_string(Health health);
std::string_view to_string(Protocol protocol);

}  // namespace watcher

template <>
struct std::hash<watcher::TaskKey> {
  std::size_t operator()(const watcher::TaskKey& key) const noexcept;
};
