#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "signpost/operate.h"

namespace signpost {

/// The commands that show and change the shares of pools. What they are given lives here, so this
/// must outlive the parsing.
class TrafficCommands {
 public:
  /// status  set to the exit status by the command that runs
  void add_to(CLI::App& app, int& status);

 private:
  CLI::App* add(CLI::App& to, const std::string& name, const std::string& text, bool changes);
  void add_token(CLI::App& command);
  void add_drain(CLI::App& command);
  void add_rollout(CLI::App& rollout, int& status);
  void add_drains(CLI::App& drain, int& status);

  Desk desk_;
  std::string vip_;
  std::string pool_;
  std::vector<std::string> weights_;
  std::string drain_;
  RolloutOptions plan_;
  std::string drained_;
  bool undo_ = false;
};

}  // namespace signpost
