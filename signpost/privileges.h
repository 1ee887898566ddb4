#pragma once

#include <cstdint>

#include "common/result.h"
#include "config/settings.h"

namespace signpost {

/// What a process does that takes a privilege.
enum class Needs : std::uint8_t { LowPorts, LowPortsAndRoutes };

/// Becomes process.user, if one is set: with CAP_NET_BIND_SERVICE, for routes CAP_NET_ADMIN as
/// well, and no other capability, now or by any program it starts. To be called before there is
/// another thread. Programs that are started get no capability in any case; see
/// PassedOnCapabilities. Errors name the option: no such user, not root, or a path the user may not
/// write.
common::Expected<void> drop_privileges(const config::Settings& settings, Needs needs);

/// While it lives, a program that this thread starts gets the capabilities of this process.
class PassedOnCapabilities {
 public:
  PassedOnCapabilities();
  ~PassedOnCapabilities();
  PassedOnCapabilities(const PassedOnCapabilities&) = delete;
  PassedOnCapabilities& operator=(const PassedOnCapabilities&) = delete;
};

}  // namespace signpost
