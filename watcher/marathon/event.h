#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.h"
#include "watcher/marathon/model.h"

namespace watcher::marathon {

enum class EventKind : std::uint8_t {
  Other,               // Nothing that concerns us.
  Attached,            // Somebody subscribed; on a fresh stream that is us.
  Status,              // A task changed its state: `task`.
  KillAnnounced,       // Marathon is about to kill `task` for its failing checks.
  TaskHint,            // Something about the tasks of `app` changed.
  HealthHint,          // A verdict about a task of `app` changed.
  DefinitionHint,      // `app` was written, or its last task has ended.
  GroupChanged,        // New definitions below the group `app` can now be read.
  DeploymentStep,      // A deployment begins a step that concerns `apps`.
  DeploymentProgress,  // One of its steps, or all of it, has ended; `apps` may be empty.
  MesosConnection,     // Marathon lost or regained Mesos: states may be stale.
};

/// One event of Marathon's bus, reduced to what we act on.
struct Event {
  EventKind kind = EventKind::Other;
  std::string app;  // App or group id.
  TaskFacts task;   // Of Status and KillAnnounced.
  std::string deployment;
  std::vector<std::string> apps;
};

/// The types in `event_type=` filters: all that parse_event() does not reduce to Other.
const std::vector<std::string_view>& event_types();

/// Reads the data of one server-sent event. The type is the JSON's own eventType, as Marathon
/// before 0.11 sends no other; `sse_event` serves only where that is missing. Unknown types are
/// Other. Errors: InvalidInput when it is no event or lacks what its type must have.
common::Expected<Event> parse_event(std::string_view data, std::string_view sse_event);

}  // namespace watcher::marathon
