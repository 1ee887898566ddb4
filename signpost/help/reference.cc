#include <fmt/format.h>

#include <string>
#include <vector>

#include "signpost/help/manual.h"
#include "signpost/help/wording.h"

namespace signpost::help {
namespace {

std::string cell(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '|') safe += '\\';
    safe += c == '\n' ? ' ' : c;
  }
  return safe;
}

std::string markdown_row(const Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.names) names.push_back("`" + cell(name) + "`");
  const bool is_option = option.names.front().starts_with('-');
  const std::string value = is_option && !option.value.empty() ? " " + option.value : std::string();
  return fmt::format("| {}{} | {} | {} |\n",
                     fmt::join(names, ", "),
                     value,
                     option.required ? "yes" : "",
                     cell(ended(option.text) + facts(option)));
}

constexpr const char* kColumns = "\n| | required | |\n|---|---|---|\n";
constexpr const char* kCommonTitle = "Options of all commands that ask a running Signpost";
constexpr const char* kCommonLink =
    "[common options](#options-of-all-commands-that-ask-a-running-signpost)";

std::string markdown_common_options(const Command& tree) {
  return fmt::format("\n## {}\n\nCalled the common options below.\n{}{}",
                     kCommonTitle,
                     kColumns,
                     common_options(tree, markdown_row));
}

std::string markdown_command(const Command& command) {
  std::string text = fmt::format(
      "\n## {}\n\n```\n{}\n```\n\n{}\n", command.path, synopsis(command), ended(command.text));
  if (!command.footer.empty()) text += command.footer + "\n";
  if (asks(command)) text += fmt::format("It takes the {}.\n", kCommonLink);
  std::string rows;
  for (const Option& positional : command.positionals) rows += markdown_row(positional);
  rows += each(command, is_special, markdown_row);
  return rows.empty() ? text : text + kColumns + rows;
}

}  // namespace

std::string reference_of_commands(const Command& tree) {
  return "# Commands\n\n"
         "Those that look at a running Signpost or change it ask its status API. Every one exits "
         "with 0 when it went well, and with 1 and a line on standard error when it did not; then "
         "only `check --json` prints anything else. More than 1 says that the command line makes "
         "no "
         "sense. `signpost completion` teaches all this to your shell; the Debian package does "
         "that by itself, and has it as the manual page signpost(1).\n\n"
         "This page is printed by `signpost man --reference`.\n" +
         markdown_common_options(tree) + all(tree, markdown_command);
}

}  // namespace signpost::help
