#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "watcher/follow/answer.h"
#include "watcher/task.h"

/// What Mesos says, reduced to what we use and freed from the differences between its two APIs.
namespace watcher::mesos {

/// Within one framework task ids are unique; two frameworks may use the same.
struct TaskRef {
  std::string framework;
  std::string id;

  friend auto operator<=>(const TaskRef&, const TaskRef&) = default;
};

/// Where a port of a DiscoveryInfo is open, by its label `network-scope`.
enum class Scope : std::uint8_t { Unsaid, Host, Container };

struct DiscoveryPort {
  std::string name;
  std::uint16_t number = 0;
  std::vector<Protocol> protocols;
  Scope scope = Scope::Unsaid;
  Labels labels;

  friend bool operator==(const DiscoveryPort&, const DiscoveryPort&) = default;
};

/// A port of the agent that leads to one of a container.
struct PortMapping {
  std::uint16_t host_port = 0;
  std::uint16_t container_port = 0;
  std::vector<Protocol> protocols;

  friend bool operator==(const PortMapping&, const PortMapping&) = default;
};

/// What statuses tell besides the state, each with the time of the status that told it (seconds
/// since 1970 by the clock of whoever wrote it). Many statuses tell nothing: those of a master,
/// those of a task that starts or is being killed.
struct Observed {
  Health verdict = Health::Unknown;
  double verdict_at = 0;
  std::vector<IpAddress> addresses;
  std::vector<PortMapping> mappings;
  double addresses_at = 0;

  /// Takes over what `told` knows that is not older. An unspoken verdict changes none.
  void absorb(const Observed& told);
  bool same_as(const Observed& other) const;  // But for the times.
};

struct TaskFacts {
  TaskRef ref;
  std::string name;
  std::string agent;  // Its id.
  std::string discovery_name;
  std::vector<DiscoveryPort> ports;
  std::vector<std::uint16_t> host_ports;  // Of its resources.
  std::vector<PortMapping> mappings;      // That its container asked for.
  Labels labels;
  bool health_checked = false;
  config::SharedCheck check;     // The same as a check of ours, where it can be made from here,
  std::uint16_t check_port = 0;  // and the port it asks, in the task's own network.
  std::optional<std::chrono::milliseconds> kill_grace;
  TaskState state = TaskState::Starting;

  friend bool operator==(const TaskFacts&, const TaskFacts&) = default;
};

struct TaskSeen {
  TaskFacts facts;
  Observed observed;
};

/// One TASK_UPDATED.
struct TaskChange {
  TaskRef ref;
  /// The newest the master knows, which may be ahead of the status that goes with it.
  TaskState state = TaskState::Starting;
  Observed observed;
};

struct AgentFacts {
  std::string id;
  std::string hostname;
  std::string host;  // Where it listens, as an address or a name; of its pid, else the hostname.
  std::uint16_t port = 0;
  bool draining = false;
  std::string region;  // Of its fault domain,
  std::string zone;    // as is this; both are empty where the operator set none.

  friend bool operator==(const AgentFacts&, const AgentFacts&) = default;
};

struct FrameworkFacts {
  std::string id;
  std::string name;
  std::string host;        // Of its scheduler, as an address or a name; may be empty.
  std::uint16_t port = 0;  // Only a pid tells it.
  bool has_pid = false;    // `host` and `port` are those of the scheduler's own pid.

  friend bool operator==(const FrameworkFacts&, const FrameworkFacts&) = default;
};

struct MasterFacts {
  std::string host;
  std::uint16_t port = 0;
  std::string hostname;

  friend bool operator==(const MasterFacts&, const MasterFacts&) = default;
};

/// Everything one master knows at one moment.
struct StateFacts {
  std::vector<AgentFacts> agents;
  std::vector<std::string> recovered_agents;  // Known from the registry, not back yet.
  std::vector<FrameworkFacts> frameworks;
  std::vector<std::string> ended_frameworks;
  std::vector<TaskSeen> tasks;
  std::vector<TaskRef> ended_tasks;
  std::vector<TaskRef> unread;        // Tasks that made no sense: they exist, no more.
  std::optional<MasterFacts> leader;  // /state only.
  bool from_leader = true;            // By what /state says of itself.
  std::vector<Rejection> rejected;
};

}  // namespace watcher::mesos
