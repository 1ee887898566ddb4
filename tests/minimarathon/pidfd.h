#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <utility>

#include "common/unique_fd.h"

/// Awaiting what other processes do, without sleeping.
namespace minimarathon {

/// Watches any process, even one that is not our child.
class Pidfd {
 public:
  explicit Pidfd(pid_t pid) : fd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U))) {}

  bool exists() const { return static_cast<bool>(fd_); }  // When this object was made.

  /// Blocks until the process has ended; false after half a minute.
  bool await_end() const {
    pollfd ended{.fd = fd_.get(), .events = POLLIN, .revents = 0};
    return ::poll(&ended, 1, 30000) == 1;
  }

 private:
  common::UniqueFd fd_;
};

/// A FIFO into which a script writes a line when it has come to a certain point, or from which it
/// reads one to go on.
class Fifo {
 public:
  explicit Fifo(std::string path) : path_(std::move(path)) {
    EXPECT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  }

  const std::string& path() const { return path_; }
  std::string read_line() const {  // Blocks until there is one.
    std::string line;
    std::ifstream stream(path_);
    std::getline(stream, line);
    return line;
  }
  void write_line() const { std::ofstream(path_) << "\n"; }  // Blocks until there is a reader.

 private:
  std::string path_;
};

}  // namespace minimarathon
