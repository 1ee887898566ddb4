#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace signpost {

/// The command that reads a configuration and says what is wrong with it, or prints what there is
/// to configure. What it is given lives here, so this must outlive the parsing.
class CheckCommand {
 public:
  /// status  set to the exit status when it runs
  void add_to(CLI::App& app, int& status);

 private:
  int run() const;
  int tell_as_json() const;

  std::string file_;
  bool print_config_ = false;
  bool reference_ = false;
  bool labels_ = false;
  bool as_json_ = false;
};

}  // namespace signpost
