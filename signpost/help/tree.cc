#include "signpost/help/tree.h"

#include <CLI/CLI.hpp>
#include <utility>

#include "signpost/name_lists.h"

namespace signpost::help {
namespace {

/// "TEXT:FILE", "INT:INT in [1 - 5]", "TEXT:{bash,zsh}": the type, and what a validator says of it.
void read_type(const std::string& type, Option& option) {
  const std::size_t colon = type.find(':');
  option.value = type.substr(0, colon);
  if (colon == std::string::npos) return;
  const std::string rule = type.substr(colon + 1);
  if (rule == "FILE") option.value = rule;
  if (!rule.starts_with('{')) return;
  std::string word;
  for (const char c : rule.substr(1)) {
    if (c != ',' && c != '}') {
      word += c;
    } else {
      option.choices.push_back(std::exchange(word, {}));
    }
  }
}

Option read_option(const CLI::Option& from) {
  Option option{.names = {},
                .value = {},
                .text = from.get_description(),
                .fallback = from.get_default_str(),
                .variable = from.get_envname(),
                .choices = {},
                .needs = {},
                .group = from.get_group(),
                .kinds = {},
                .required = from.get_required(),
                .repeats = from.get_expected_max() > 1,
                .is_list = from.get_delimiter() == ','};
  if (from.get_positional()) {
    option.names.push_back(from.get_name(true, false));
  } else {
    for (const std::string& name : from.get_snames()) option.names.push_back("-" + name);
    for (const std::string& name : from.get_lnames()) option.names.push_back("--" + name);
  }
  if (from.get_items_expected_max() > 0) read_type(from.get_type_name(), option);
  if (option.is_list) option.value += ",...";
  option.kinds = kind_of_argument(option.names.back());
  for (const CLI::Option* other : from.get_needs()) option.needs.push_back(other->get_name());
  return option;
}

Command read_command(const CLI::App& from, const std::string& above) {
  Command command{.path = above + from.get_name(),
                  .name = from.get_name(),
                  .text = from.get_description(),
                  .footer = from.get_footer(),
                  .options = {},
                  .positionals = {},
                  .commands = {}};
  const auto is_shown = [](const CLI::Option* option) { return !option->get_group().empty(); };
  for (const CLI::Option* option : from.get_options(is_shown)) {
    (option->get_positional() ? command.positionals : command.options)
        .push_back(read_option(*option));
  }
  const auto is_for_people = [](const CLI::App* app) { return !app->get_group().empty(); };
  for (const CLI::App* below : from.get_subcommands(is_for_people)) {
    command.commands.push_back(read_command(*below, command.path + " "));
  }
  return command;
}

}  // namespace

Command read_tree(const CLI::App& app) { return read_command(app, ""); }

std::string synopsis(const Command& command) {
  std::string text = command.path;
  if (!command.options.empty()) text += " [OPTIONS]";
  for (const Option& positional : command.positionals) {
    const std::string word = positional.names.front() + (positional.repeats ? "..." : "");
    text += positional.required ? " " + word : " [" + word + "]";
  }
  return command.commands.empty() ? text : text + " COMMAND";
}

}  // namespace signpost::help
