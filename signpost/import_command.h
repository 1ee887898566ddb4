#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace signpost {

/// The command that turns the configuration of another program into one of ours. What it is given
/// lives here, so this must outlive the parsing.
class ImportCommand {
 public:
  /// status  set to the exit status when the command runs
  void add_to(CLI::App& app, int& status);

 private:
  std::string file_;
  std::vector<std::string> words_;
  bool as_json_ = false;
  bool reference_ = false;
};

}  // namespace signpost
