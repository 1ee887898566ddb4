#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/ip.h"
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
  std::string sandbox;                     // Working directory, made if absent; stdout and stderr files go there.
};

/// How a process ended, told as Mesos tells it.
struct Exit {
  std::string task_id;
  bool success = false;  // Exit status 0.
  std::string message;   // "Command exited with status 1", "Command terminated with signal Killed"
};

/// Starts, kills and reaps local processes, each in a process group of its own that dies with us
/// (PR_SET_PDEATHSIG and a kill of every group in the destructor). Lives on one io_context's thread.
class Runner {
 public:
  Runner(boost::asio::io_context& io, std::function<void(Exit)> on_exit);
  ~Runner();  // SIGKILLs and reaps everything that still runs.

  /// Errors: the command cannot be executed, or no process can be made.
  common::Expected<pid_t> start(const Launch& launch);
  /// SIGTERM to the group now, SIGKILL after `grace`. on_exit follows. Unknown ids are ignored.
  void kill(std::string_view task_id, std::chrono::milliseconds grace);
  std::size_t running() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace minimarathon
