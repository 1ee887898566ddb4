#include "signpost/help/wording.h"

#include <fmt/format.h>

#include <algorithm>

#include "signpost/desk.h"

namespace signpost::help {
namespace {

bool is_help(const Option& option) { return option.names.back() == "--help"; }

}  // namespace

std::string ended(const std::string& sentence) {
  return sentence.empty() || sentence.ends_with('.') ? sentence : sentence + ".";
}

std::string facts(const Option& option) {
  std::string facts;
  if (!option.fallback.empty()) facts += fmt::format(" Default: {}.", option.fallback);
  if (!option.choices.empty()) {
    facts += fmt::format(" One of {}.", fmt::join(option.choices, ", "));
  }
  if (!option.variable.empty()) {
    facts += fmt::format(" Or the environment's {}.", option.variable);
  }
  if (!option.needs.empty()) facts += fmt::format(" Needs {}.", fmt::join(option.needs, ", "));
  if (option.repeats && !option.is_list) facts += " May be given several times.";
  return facts;
}

bool is_common(const Option& option) { return option.group == kAskingOptions; }
bool is_special(const Option& option) { return !is_help(option) && !is_common(option); }

bool asks(const Command& command) {
  return std::any_of(command.options.begin(), command.options.end(), is_common);
}

bool does_something(const Command& command) {
  return command.commands.empty() ||
         !std::all_of(command.options.begin(), command.options.end(), is_help);
}

}  // namespace signpost::help
