#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

/// The command line as data: what --help, completions, manual pages and the reference of commands
/// are printed from.
namespace signpost::help {

struct Option {
  std::vector<std::string> names;  // "-c", "--config"; of a positional its one word.
  std::string value;               // "TEXT", "FILE" …; empty for a flag.
  std::string text;
  std::string fallback;              // The default, if there is one.
  std::string variable;              // Of the environment, which stands in for it.
  std::vector<std::string> choices;  // All values there are; empty: any.
  std::vector<std::string> needs;    // Other options.
  std::string group;                 // Its heading in --help.
  std::string kinds;                 // What a running Signpost knows: kinds for `signpost names`.
  bool required = false;
  bool repeats = false;
  bool is_list = false;  // One value of it may be several, with commas between them.

  bool is_file() const {
    const std::string& name = names.back();
    return value == "FILE" || name == "FILE" || name.ends_with("-file");
  }
};

struct Command {
  std::string path;  // "signpost rollout start"
  std::string name;  // "start"
  std::string text;
  std::string footer;
  std::vector<Option> options;
  std::vector<Option> positionals;
  std::vector<Command> commands;
};

/// Without what is not meant for people: commands and options of the group "".
Command read_tree(const CLI::App& app);

/// Calls visit(command) for all of them, each before those below it.
template <class Visit>
void for_each(const Command& command, Visit visit) {
  visit(command);
  for (const Command& below : command.commands) for_each(below, visit);
}

/// "signpost weight [OPTIONS] VIP [POOL=WEIGHT...]"
std::string synopsis(const Command& command);

}  // namespace signpost::help
