#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "signpost/desk.h"
#include "signpost/query.h"
#include "signpost/top/top.h"

namespace signpost {

/// The commands that show how a running Signpost is. What they are given lives here, so this must
/// outlive the parsing.
class LookCommands {
 public:
  /// status  set to the exit status by the command that runs
  void add_to(CLI::App& app, int& status);

 private:
  CLI::App* add(CLI::App& to, const std::string& name, const std::string& text);
  void add_explain(CLI::App& app, int& status);
  void add_query(CLI::App& app, int& status);
  void add_top(CLI::App& app, int& status);

  Desk desk_;
  std::string subject_;
  std::string type_;
  QueryOptions query_;
  TopOptions top_;
};

}  // namespace signpost
