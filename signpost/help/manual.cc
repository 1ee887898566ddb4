#include "signpost/help/manual.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/load.h"
#include "config/schema.h"

namespace signpost::help {
namespace {

/// Text as roff wants it: no control line, no escape, dashes that can be copied.
std::string roff(const std::string& text) {
  std::string safe;
  bool starts_line = true;
  for (const char c : text) {
    if (starts_line && (c == '.' || c == '\'')) safe += "\\&";
    starts_line = c == '\n';
    if (c == '\\') {
      safe += "\\e";
    } else if (c == '-') {
      safe += "\\-";
    } else {
      safe += c;
    }
  }
  return safe;
}

/// As an argument of a macro.
std::string argument(const std::string& text) {
  std::string safe;
  for (const char c : roff(text)) safe += c == '"' ? std::string("\\(dq") : std::string(1, c);
  return "\"" + safe + "\"";
}

std::string bold(const std::string& text) { return "\\fB" + roff(text) + "\\fR"; }
std::string italic(const std::string& text) { return "\\fI" + roff(text) + "\\fR"; }

std::string title(const std::string& name, int section, const std::string& kind) {
  return fmt::format(".TH {} {} \"\" {} {}\n",
                     argument(name),
                     section,
                     argument("signpost " SIGNPOST_VERSION),
                     argument(kind));
}

std::string ended(const std::string& sentence) {
  return sentence.empty() || sentence.ends_with('.') ? sentence : sentence + ".";
}

/// What is to be known of an option beside its text: "Default: 1s."
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
  if (option.repeats) facts += " May be given several times.";
  return facts;
}

std::string roff_item(const Option& option, bool is_positional) {
  std::string head;
  for (const std::string& name : option.names) {
    head += (head.empty() ? "" : ", ") + (is_positional ? italic(name) : bold(name));
  }
  if (!is_positional && !option.value.empty()) head += " " + italic(option.value);
  return fmt::format(".TP\n{}\n{}\n", head, roff(ended(option.text) + facts(option)));
}

bool is_help(const Option& option) { return option.names.back() == "--help"; }

std::string roff_items(const Command& command) {
  std::string items;
  for (const Option& positional : command.positionals) items += roff_item(positional, true);
  for (const Option& option : command.options) {
    if (!is_help(option)) items += roff_item(option, false);
  }
  return items;
}

std::string roff_command(const Command& command) {
  std::string text = fmt::format(".SS {}\n.B {}\n.PP\n{}\n",
                                 argument(command.path),
                                 roff(synopsis(command)),
                                 roff(ended(command.text)));
  if (!command.footer.empty()) text += fmt::format("{}\n", roff(command.footer));
  return text + roff_items(command);
}

/// ---- Markdown

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

std::string markdown_command(const Command& command) {
  std::string text = fmt::format(
      "\n## {}\n\n```\n{}\n```\n\n{}\n", command.path, synopsis(command), ended(command.text));
  if (!command.footer.empty()) text += command.footer + "\n";
  std::string rows;
  for (const Option& positional : command.positionals) rows += markdown_row(positional);
  for (const Option& option : command.options) {
    if (!is_help(option)) rows += markdown_row(option);
  }
  return rows.empty() ? text : text + "\n| | required | |\n|---|---|---|\n" + rows;
}

/// Does it do something by itself? One that has others below does where it has options.
bool does_something(const Command& command) {
  return command.commands.empty() ||
         !std::all_of(command.options.begin(), command.options.end(), is_help);
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

}  // namespace

std::string manual_of_commands(const Command& tree) {
  return title("SIGNPOST", 1, "User commands") +
         ".SH NAME\nsignpost \\- service discovery and virtual IPs for container clusters\n"
         ".SH SYNOPSIS\n.B signpost\n.I COMMAND\n.RI [ OPTIONS ]\n"
         ".SH DESCRIPTION\n" +
         roff(tree.text) +
         "\n.PP\nCommands that look at a running Signpost or change it ask its status API, where\n"
         ".B admin.listen\nof its configuration says.\n"
         ".SH COMMANDS\n" +
         all(tree, roff_command) +
         ".SH EXIT STATUS\n.TP\n0\nIt went well.\n.TP\n1\nIt did not; a line on standard error "
         "says "
         "why.\n.TP\nother\nThe command line itself makes no sense.\n"
         ".SH FILES\n.TP\n.I /etc/signpost/signpost.yaml\nThe configuration that the service of "
         "the "
         "Debian package reads.\n"
         ".SH SEE ALSO\n.BR signpost.yaml (5)\n";
}

std::string manual_of_options() {
  const config::Settings fallback = config::defaults();
  std::string text =
      title("SIGNPOST.YAML", 5, "File formats") +
      ".SH NAME\nsignpost.yaml \\- configuration of signpost\n"
      ".SH DESCRIPTION\n" +
      roff(
          "A YAML file of sections and options. All may be left out; an empty file is valid. "
          "Durations have a unit (500ms, 5s, 2m, 1h), sizes may have one (16KiB, 64MiB). "
          "signpost check FILE tells what is wrong with a file.") +
      "\n.PP\n" +
      roff(
          "A running process takes up a changed file when it gets SIGHUP, but for what is said to "
          "be taken up at its start.") +
      "\n.SH OPTIONS\n";
  for (const config::Section& section : config::schema()) {
    text += fmt::format(".SS {}\n{}\n", argument(section.name), roff(section.text));
    for (const config::Option& option : section.options) {
      text += fmt::format(".TP\n{}\n{}\nType: {}. Default: {}.{}\n",
                          bold(option.key),
                          roff(option.text),
                          roff(option.type),
                          roff(option.print(fallback)),
                          section.reloads ? "" : " Taken up at the start.");
    }
  }
  return text + ".SH SEE ALSO\n.BR signpost (1)\n";
}

std::string reference_of_commands(const Command& tree) {
  return "# Commands\n\n"
         "Those that look at a running Signpost or change it ask its status API. Every one exits "
         "with 0 when it went well, and with 1 and a line on standard error when it did not; then "
         "only `check --json` prints anything else. More than 1 says that the command line makes "
         "no "
         "sense. `signpost completion` teaches all this to your shell; the Debian package does "
         "that by itself, and has it as the manual page signpost(1).\n\n"
         "This page is printed by `signpost man --reference`.\n" +
         all(tree, markdown_command);
}

}  // namespace signpost::help
