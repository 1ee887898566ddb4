#pragma once

#include <string>

#include "common/result.h"
#include "config/settings.h"
#include "signpost/roles.h"

namespace signpost {

/// Runs the roles until a signal ends them, or another process takes over: SIGTERM and SIGINT end
/// them once sessions have ended or process.drain_timeout is up, and a second one at once; SIGHUP
/// takes up the configuration in `file`; SIGUSR2 starts the program anew from where it was started,
/// which then takes over. First takes over from the process that runs at process.handover_path, if
/// one does. Before all of that it gives up what process.user and process.seccomp say: no other
/// thread may have begun.
/// Errors are those of the start, and say why it did not take over; the other one serves on then.
common::Expected<void> run_process(const std::string& file,
                                   const config::Settings& settings,
                                   Roles roles);

}  // namespace signpost
