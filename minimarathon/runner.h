#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.h"

namespace boost::asio {
class io_context;
}

namespace minimarathon {

/// One process to start.
struct Launch {
  std::string task_id;
  std::vector<std::string> argv;           // argv[0] is found on PATH; `/bin/sh -c …` for a cmd.
  std::map<std::string, std::string> env;  // Added to PATH and HOME of our own environment.
  std::string sandbox;  // Working directory, made if absent; takes the files stdout and stderr.
};

/// How a process ended, told as Mesos tells it.
struct Exit {
  std::string task_id;
  bool success = false;  // Exit status 0.
  std::string message;   // "Command exited with status 1", "Command terminated with signal Killed"
};

/// Starts, kills and reaps local processes, each in a process group of its own that dies with us
/// (PR_SET_PDEATHSIG and a kill of every group in the destructor). Lives on one io_context's
/// thread, where on_exit runs too. The program must not ignore SIGCHLD, nor reap children that it
/// did not start.
class Runner {
 public:
  Runner(boost::asio::io_context& io, std::function<void(Exit)> on_exit);
  ~Runner();  // SIGKILLs and reaps everything that still runs.

  /// Errors: the task runs already, the command cannot be executed, or no process can be made.
  common::Expected<pid_t> start(const Launch& launch);
  /// SIGTERM to the group now, SIGKILL after `grace`; again with less grace makes it sooner. What
  /// the first process of the group leaves behind is SIGKILLed too. on_exit follows. Unknown ids
  /// are ignored.
  void kill(std::string_view task_id, std::chrono::milliseconds grace);
  std::size_t running() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;  // Only ours; handlers look at it through weak references.
};

}  // namespace minimarathon
