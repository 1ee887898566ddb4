#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/ip.h"
#include "minimarathon/app.h"
#include "minimarathon/check_state.h"
#include "minimarathon/timestamp.h"

namespace minimarathon {

enum class Condition : std::uint8_t {
  Scheduled,  // Waits for its launch, perhaps for a backoff to pass: no task.
  Running,
  Killing,  // SIGTERM sent.
};

/// One of the instances of an app, over all its restarts.
struct Instance {
  std::string id;  // shop_cart.instance-<uuid>
  AppPtr app;      // The version it runs.
  Condition condition = Condition::Scheduled;
  bool goes = false;       // Not restarted when it ends, and not counted any more.
  bool kill_told = false;  // TASK_KILLING was; without that feature it looks running to its end.

  // The task, the newest of its incarnations.
  std::uint32_t incarnation = 0;  // Counts launches from 1.
  std::string task_id;            // <id>._app.<incarnation>
  std::size_t agent = 0;          // Index of the pretended agent.
  common::IpAddress host;
  common::IpAddress address;               // The host's, or in container mode the task's own.
  std::vector<std::uint16_t> host_ports;   // In definition order, for ports that have one.
  std::vector<std::uint16_t> bound_ports;  // One a port: where it is reached, and PORTn.
  std::optional<WallTime> staged_at;
  std::optional<WallTime> started_at;

  std::vector<CheckState> checks;     // As many as the app has.
  bool ready = false;                 // What the readiness check found.
  std::uint32_t launches_failed = 0;  // In a row; decides the backoff.

  bool has_task() const { return condition != Condition::Scheduled; }
  bool looks_running() const { return has_task() && !kill_told; }

  /// Of all checks together; empty without checks and while one of them has not spoken.
  std::optional<bool> healthy() const {
    const auto known = [](const CheckState& check) { return check.known(); };
    const auto alive = [](const CheckState& check) { return check.alive(); };
    if (checks.empty() || !std::all_of(checks.begin(), checks.end(), known)) return std::nullopt;
    return std::all_of(checks.begin(), checks.end(), alive);
  }
  /// May a rolling update count on it?
  bool serves() const {
    return condition == Condition::Running && (checks.empty() || healthy().value_or(false)) &&
           (!app->readiness || ready);
  }
};

/// How the last task of an app ended that did not end well.
struct TaskFailure {
  Instance instance;
  std::string state;  // TASK_FAILED
  std::string message;
  WallTime when;
};

}  // namespace minimarathon
