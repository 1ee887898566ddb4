#include <fmt/core.h>

#include <algorithm>

#include "config/load.h"
#include "config/schema.h"

namespace config {
namespace {

constexpr std::size_t kWidth = 100;

/// `text` as comment lines behind `indent`.
std::string comment(std::string_view text, std::string_view indent) {
  const std::size_t room = kWidth - indent.size() - 2;
  std::string lines;
  while (!text.empty()) {
    const std::size_t end = text.size() <= room ? text.size() : text.rfind(' ', room);
    lines += fmt::format("{}# {}\n", indent, text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return lines;
}

std::string print(const Option& option, const Settings& settings, const Settings& fallback) {
  const std::string facts =
      fmt::format("Type: {}. Default: {}", option.type, option.print(fallback));
  return comment(option.text, "  ") + comment(facts, "  ") +
         fmt::format("  {}: {}\n", option.name(), option.print(settings));
}

std::string reference(const Section& section, const Settings& fallback) {
  std::string text = fmt::format(
      "\n## {}\n\n{}\n\n| option | type | default | taken up by | |\n|---|---|---|---|---|\n",
      section.name,
      section.text);
  for (const Option& option : section.options) {
    text += fmt::format("| `{}` | {} | `{}` | {} | {} |\n",
                        option.key,
                        option.type,
                        option.print(fallback),
                        section.reloads && option.reloads ? "reload" : "start",
                        option.text);
  }
  return text;
}

}  // namespace

std::string print(const Settings& settings) {
  const Settings fallback = defaults();
  std::string text = "# Every option of Signpost. Those that have their default may be left out.\n";
  for (const Section& section : schema()) {
    text += "\n" + comment(section.text, "") + section.name + ":\n";
    for (const Option& option : section.options) {
      if (&option != &section.options.front()) text += "\n";
      text += print(option, settings, fallback);
    }
  }
  return text;
}

std::string reference() {
  const Settings fallback = defaults();
  std::string text =
      "# Options\n\n"
      "The configuration is a YAML file of sections and options; `signpost check FILE` tells what "
      "is wrong with one. An empty file is valid: what is not given has its default. Durations "
      "have a unit (`500ms`, `5s`, `2m`, `1h`), sizes may have one (`16KiB`, `64MiB`).\n\n"
      "A running process takes up a changed file when it gets SIGHUP, without a connection lost "
      "(docs/upgrade.md); what says \"start\" is taken up only by a process that starts anew.\n\n"
      "`config/examples/` has files to start from. This page is printed from the schema by "
      "`signpost check --reference`.\n";
  for (const Section& section : schema()) text += reference(section, fallback);
  return text;
}

}  // namespace config
