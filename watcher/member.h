#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/ip.h"

namespace watcher {

enum class Role : std::uint8_t { LeadingMaster, Master, Agent, Framework };

/// What makes up the cluster itself and has names of its own in DNS, but is no task.
struct Member {
  Role role = Role::Agent;
  std::string id;    // The orchestrator's own: agent id, framework id, or a master's.
  std::string name;  // Host name of a master or agent; the name of a framework.
  std::vector<common::IpAddress> addresses;  // Empty while the host name is not resolved.
  std::uint16_t port = 0;                    // Where it listens; 0 when nobody says.

  friend bool operator==(const Member&, const Member&) = default;
};

}  // namespace watcher
