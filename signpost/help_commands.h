#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "signpost/operate.h"

namespace signpost {

/// The commands that print what all commands are: completions for shells, manual pages, the
/// reference. What they are given lives here, so this must outlive the parsing.
class HelpCommands {
 public:
  /// app     the whole command line; what is added to it later is printed, too
  /// status  set to the exit status by the command that runs
  void add_to(CLI::App& app, int& status);

 private:
  void add_names(CLI::App& app);

  Desk desk_;
  std::vector<std::string> kinds_;
  std::string shell_;
  std::string page_ = "signpost";
  bool reference_ = false;
};

}  // namespace signpost
