#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/ip.h"
#include "minimarathon/app.h"
#include "minimarathon/timestamp.h"

namespace minimarathon {

enum class Condition : std::uint8_t {
  Scheduled,  // Waits for its launch, perhaps for a backoff to pass.
  Running,
  Killing,  // SIGTERM sent.
};

/// What a health check has found of one instance.
struct CheckState {
  std::uint32_t failures = 0;  // In a row.
  std::optional<WallTime> first_success;
  std::optional<WallTime> last_success;
  std::optional<WallTime> last_failure;
  std::string cause;

  bool spoken() const { return last_success || last_failure; }
  bool alive() const { return last_success && (!last_failure || *last_success > *last_failure); }
};

/// One of the instances of an app, over all its restarts.
struct Instance {
  std::string id;  // shop_cart.instance-<uuid>
  AppPtr app;      // The version it runs.
  Condition condition = Condition::Scheduled;
  bool goes = false;  // Not restarted when it ends, and not counted any more.

  std::uint32_t incarnation = 0;  // Counts launches from 1.
  std::string task_id;            // <id>._app.<incarnation>
  std::size_t agent = 0;          // Index of the pretended agent.
  common::IpAddress host;
  common::IpAddress address;               // The host's, but in container mode the task's own.
  std::vector<std::uint16_t> host_ports;   // In definition order, for ports that have one.
  std::vector<std::uint16_t> bound_ports;  // One a port: where the process listens, for PORTn.
  std::optional<WallTime> staged_at;
  std::optional<WallTime> started_at;

  std::vector<CheckState> checks;     // As many as the app has.
  std::optional<bool> ready;          // Of the readiness check, while a deployment watches.
  std::uint32_t launches_failed = 0;  // In a row; decides the backoff.

  bool has_failed_check() const {
    for (const CheckState& check : checks) {
      if (check.spoken() && !check.alive()) return true;
    }
    return false;
  }
  /// Running and every check passes; without checks, running is enough.
  bool is_healthy() const {
    if (condition != Condition::Running) return false;
    for (const CheckState& check : checks) {
      if (!check.alive()) return false;
    }
    return true;
  }
  /// May a rolling update count on it?
  bool is_ready() const { return is_healthy() && (!app->readiness || ready.value_or(false)); }
};

}  // namespace minimarathon
