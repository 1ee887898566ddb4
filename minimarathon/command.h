#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "minimarathon/instance.h"

namespace minimarathon {

/// Decides what a task runs: its cmd or args, else the command its image is mapped to, else one of
/// the built-in servers, else the stand-in that answers on every port.
class CommandTable {
 public:
  /// `executable` is the program whose `serve` command has the built-in servers.
  CommandTable(std::string executable, std::map<std::string, std::string> images)
      : executable_(std::move(executable)), images_(std::move(images)) {}

  std::vector<std::string> command_for(const Instance& instance);

 private:
  std::vector<std::string> image_command(const Instance& instance);
  std::vector<std::string> stand_in(const Instance& instance);
  std::vector<std::string> contained(const Instance& instance,
                                     std::vector<std::string> command) const;

  std::string executable_;
  std::map<std::string, std::string> images_;  // Image prefix -> shell command.
  std::set<std::string> stood_in_;             // Images the log has told of.
};

}  // namespace minimarathon
