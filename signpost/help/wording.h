#pragma once

#include <string>

#include "signpost/help/tree.h"

/// What pages about commands say, whatever they are written in.
namespace signpost::help {

/// With a full stop, unless there is nothing to end.
std::string ended(const std::string& sentence);
/// What is to be known of an option beside its text: " Default: 1s."
std::string facts(const Option& option);

bool is_common(const Option& option);   // Of every command that asks a running Signpost.
bool is_special(const Option& option);  // Of this command.
/// Does it ask a running Signpost?
bool asks(const Command& command);
/// Does it do something by itself? One that has others below does where it has options.
bool does_something(const Command& command);

/// What print(option) makes of those of a command that belong there.
template <class Print>
std::string each(const Command& command, bool (*belongs)(const Option&), Print print) {
  std::string text;
  for (const Option& option : command.options) {
    if (belongs(option)) text += print(option);
  }
  return text;
}

/// The common options, from the first command that has them.
template <class Print>
std::string common_options(const Command& tree, Print print) {
  std::string text;
  for_each(tree, [&](const Command& command) {
    if (text.empty()) text = each(command, is_common, print);
  });
  return text;
}

/// Commands that do something themselves, in the order of --help.
template <class Print>
std::string all(const Command& tree, Print print) {
  std::string text;
  for_each(tree, [&](const Command& command) {
    if (&command != &tree && does_something(command)) text += print(command);
  });
  return text;
}

}  // namespace signpost::help
