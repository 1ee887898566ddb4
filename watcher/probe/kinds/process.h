#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "common/result.h"
#include "common/unique_fd.h"

namespace watcher::probe {

/// A program that runs for a check.
struct Process {
  pid_t pid = -1;          // Of a group of its own.
  common::UniqueFd ended;  // A pidfd: readable once the program has ended, which is to be reaped.
};

/// Starts a program, without a shell: with nothing of ours but PATH, no descriptor beside input and
/// output at /dev/null, no blocked signal.
///
/// argv  not empty; begins with the program's full path
/// env   "NAME=value" beside PATH
/// Errors: by errno, when it cannot be started.
common::Expected<Process> start_process(std::vector<std::string> argv,
                                        std::vector<std::string> env);

}  // namespace watcher::probe
