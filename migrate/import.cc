#include "migrate/import.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "config/load.h"
#include "config/schema.h"
#include "migrate/marathon_lb.h"
#include "migrate/mesos_dns.h"

namespace migrate {
namespace {

constexpr std::size_t kWidth = 100;

/// `text` as comment lines; those after the first stand deeper.
std::string comment(std::string_view text) {
  std::string lines;
  std::string_view indent = "#   ";
  while (!text.empty()) {
    const std::size_t room = kWidth - indent.size();
    std::size_t end = text.size() <= room ? text.size() : text.rfind(' ', room);
    if (end == std::string_view::npos || end == 0) end = std::min(text.find(' '), text.size());
    lines += fmt::format("{}{}\n", indent, text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + 1));
    indent = "#     ";
  }
  return lines;
}

/// The findings of one fate as comments below a heading; nothing when there are none.
std::string list(const std::vector<Finding>& findings, Fate fate, std::string_view heading) {
  std::string lines;
  for (const Finding& one : findings) {
    if (one.fate != fate) continue;
    const std::string to = one.option.empty() ? "" : " -> " + one.option;
    lines += comment(fmt::format("{}{}: {}", one.key, to, one.note));
  }
  return lines.empty() ? "" : fmt::format("#\n# {}\n{}", heading, lines);
}

/// The options that do not have their default, a section after the other.
std::string changed(const config::Settings& settings) {
  const config::Settings fallback = config::defaults();
  std::string text;
  for (const config::Section& section : config::schema()) {
    std::string lines;
    for (const config::Option& option : section.options) {
      const std::string value = option.print(settings);
      if (value != option.print(fallback)) lines += fmt::format("  {}: {}\n", option.name(), value);
    }
    if (!lines.empty()) text += fmt::format("\n{}:\n{}", section.name, lines);
  }
  return text;
}

std::string table(std::string_view title, std::string_view text, const std::vector<Row>& rows) {
  std::string lines =
      fmt::format("\n## {}\n\n{}\n\n| there | here | | |\n|---|---|---|---|\n", title, text);
  for (const Row& row : rows) {
    const std::string option = row.option.empty() ? "" : fmt::format("`{}`", row.option);
    lines += fmt::format("| `{}` | {} | {} | {} |\n", row.key, option, word_of(row.fate), row.note);
  }
  return lines;
}

}  // namespace

std::string_view word_of(Fate fate) {
  switch (fate) {
    case Fate::Same:
      return "same";
    case Fate::Differs:
      return "differs";
    case Fate::Dropped:
      return "not honoured";
  }
  return {};
}

common::Expected<Import> finish(const config::Settings& settings,
                                std::string_view from,
                                std::vector<Finding> findings) {
  Import made;
  made.yaml =
      fmt::format("# Made by `signpost import` from {}. What is not here has its default.\n", from);
  made.yaml += list(findings, Fate::Differs, "What differs:");
  made.yaml += list(findings, Fate::Dropped, "What is not honoured:");
  made.yaml += changed(settings);
  made.findings = std::move(findings);
  if (auto read = config::parse(made.yaml, "as imported"); !read) {
    return tl::unexpected(read.error());
  }
  return made;
}

std::string reference() {
  return "# Importing a configuration\n\n"
         "`signpost import mesos-dns config.json` and `signpost import marathon-lb -- ARGUMENTS` "
         "write "
         "the configuration of Signpost that does the same to standard output, with what differs "
         "and "
         "what is not honoured in its comments; with `--json`, both as JSON. "
         "`signpost check` takes it. This page is printed from the tables in the code by "
         "`signpost import --reference`.\n\n"
         "same: an option of ours means the same, or so does Signpost without one. differs: an "
         "option "
         "means something near to it. not honoured: nothing does.\n" +
         table("Mesos-DNS: config.json",
               "Keys are taken in any case, as there; an unknown one is an error here. `(unless "
               "given)` "
               "tells of its defaults that others depend on.",
               mesos_dns_rows()) +
         table("marathon-lb: arguments",
               "As `marathon_lb.py` takes them; the first word may be `sse` or `poll`, as for its "
               "container.",
               marathon_lb_argument_rows()) +
         table(
             "marathon-lb: environment",
             "As the container of marathon-lb takes it: `signpost import marathon-lb -- PORTS=9090 "
             "HAPROXY_SYSLOGD=true sse --group external`. Variables come first, as for env.",
             marathon_lb_variable_rows());
}

}  // namespace migrate
