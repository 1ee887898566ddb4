#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "watcher/follow/answer.h"
#include "watcher/task.h"

/// What Marathon says, reduced to what we use and freed from the differences between its versions.
namespace watcher::marathon {

/// What Marathon runs: apps, and since 1.4 pods, whose tasks are containers side by side. Below,
/// "app" means either where nothing else is said.
enum class Kind : std::uint8_t { App, Pod };

/// One entry of an app's port list, whichever generation of Marathon wrote it.
struct PortSpec {
  std::string container;  // Of a pod: the one whose task offers it.
  std::string name;
  bool on_agent = true;      // Takes the next of the task's host ports.
  std::uint16_t number = 0;  // Otherwise: the port at the task's own address.
  std::uint16_t service_port = 0;
  std::vector<Protocol> protocols;
  std::vector<std::size_t> networks;  // Positions of those that reach it; empty: all.
  Labels labels;
  config::SharedCheck check;

  friend bool operator==(const PortSpec&, const PortSpec&) = default;
};

/// What one version of an app says about its tasks.
struct Definition {
  std::vector<PortSpec> ports;
  Labels labels;
  bool host_network = true;
  std::size_t networks = 1;  // How many the tasks are on.
  bool health_checks = false;
  bool readiness_checks = false;
  std::chrono::milliseconds kill_grace{3000};

  friend bool operator==(const Definition&, const Definition&) = default;
};
using DefinitionPtr = std::shared_ptr<const Definition>;

/// What a task list or a status event says about one task.
struct TaskFacts {
  SharedString id;
  SharedString app;
  SharedString container;            // Of a pod: its name there; empty where nobody says.
  SharedString version;              // Of the definition it was started from; may be empty.
  SharedString host;                 // Its agent, as an address or a name; may be empty.
  SharedString agent_id;             // May be empty.
  SharedString region;               // Of the agent; empty where nobody says,
  SharedString zone;                 // as is this.
  std::vector<std::uint16_t> ports;  // Host ports; empty while Marathon does not say.
  std::vector<IpAddress> addresses;  // In the order of the definition's networks.
  TaskState state = TaskState::Starting;
  Health health = Health::Unknown;  // By check results alone: Unknown while there are none.
  bool ready = true;

  friend bool operator==(const TaskFacts&, const TaskFacts&) = default;
};

struct AppFacts {
  Kind kind = Kind::App;
  std::string id;
  std::string version;
  /// When the configuration last changed in more than its size: tasks of any version from here to
  /// `version` run this very definition. Empty when Marathon does not say.
  std::string config_since;
  DefinitionPtr definition;
  std::vector<TaskFacts> tasks;
  std::vector<std::string> unread;  // Ids of listed tasks that made no sense: they exist, no more.
};

}  // namespace watcher::marathon
