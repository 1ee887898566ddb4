#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/result.h"
#include "common/unique_fd.h"

namespace minimarathon {

/// What to start, and in which surroundings. Standard input is /dev/null.
struct Command {
  std::vector<std::string> argv;           // argv[0] is found on the PATH of `env`.
  std::map<std::string, std::string> env;  // The whole environment.
  std::string directory;
  std::string stdout_file{};  // Appended to; made if absent. Empty: /dev/null.
  std::string stderr_file{};
};

/// A child process, leader of a session and process group of its own.
///
/// The kernel SIGKILLs it when the thread that started it ends, however that happens; the rest of
/// its group dies when it is reaped. A descendant that makes a group of its own escapes both.
class Process {
 public:
  /// Blocks until the program is executing, about a millisecond. Errors name the program and what
  /// the kernel said. Safe in a process with threads: the child makes system calls only.
  static common::Expected<Process> start(const Command& command);

  Process(Process&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)), pidfd_(std::move(other.pidfd_)) {}
  Process& operator=(Process&&) = delete;
  ~Process();  // SIGKILLs the group and reaps, unless reap() was called.

  pid_t pid() const { return pid_; }
  /// A descriptor that becomes readable when the process has ended. Can be taken once.
  common::UniqueFd take_pidfd() { return std::move(pidfd_); }

  void signal_group(int signal) const;

  /// Waits for the end, SIGKILLs what is left of the group and returns the wait status (wait(2)).
  /// Call once.
  int reap();

 private:
  Process(pid_t pid, common::UniqueFd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}

  pid_t pid_;  // -1 once reaped.
  common::UniqueFd pidfd_;
};

/// `env` and, where it has none, PATH and HOME of our own environment.
std::map<std::string, std::string> with_inherited(std::map<std::string, std::string> env);

/// "exited with status 1", "terminated with signal Killed".
std::string describe_wait_status(int status);

}  // namespace minimarathon
