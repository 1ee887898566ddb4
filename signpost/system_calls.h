#pragma once

#include <cstdint>
#include <string>

#include "common/result.h"
#include "config/settings.h"

namespace signpost {

/// Why a configuration needs to start other programs, as words for an error; empty: it does not.
std::string needs_programs(const config::Settings& settings);

/// Refuses, for the life of this process and of all it starts, the system calls that a network
/// daemon never needs: with EPERM, as a kernel without the privilege would. Without `programs`, new
/// programs and processes are among them. Gives up setuid programs, too (no_new_privs). A process
/// started by one that did so has nothing to do. To be called before there is another thread.
/// Errors: Unavailable where the kernel has no seccomp.
enum class Programs : std::uint8_t { Refused, Allowed };
common::Expected<void> refuse_system_calls(Programs programs);

}  // namespace signpost
