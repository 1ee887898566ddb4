#include "signpost/help/manual.h"

#include <fmt/format.h>

#include <array>
#include <set>
#include <string_view>

#include "config/load.h"
#include "config/schema.h"
#include "signpost/help/wording.h"

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

std::string roff_item(const Option& option, bool is_positional) {
  std::string head;
  for (const std::string& name : option.names) {
    head += (head.empty() ? "" : ", ") + (is_positional ? italic(name) : bold(name));
  }
  if (!is_positional && !option.value.empty()) head += " " + italic(option.value);
  return fmt::format(".TP\n{}\n{}\n", head, roff(ended(option.text) + facts(option)));
}

std::string roff_option(const Option& option) { return roff_item(option, false); }

std::string roff_items(const Command& command) {
  std::string items;
  for (const Option& positional : command.positionals) items += roff_item(positional, true);
  return items + each(command, is_special, roff_option);
}

std::string roff_command(const Command& command) {
  std::string text = fmt::format(".SS {}\n.B {}\n.PP\n{}\n",
                                 argument(command.path),
                                 roff(synopsis(command)),
                                 roff(ended(command.text)));
  if (!command.footer.empty()) text += fmt::format("{}\n", roff(command.footer));
  if (asks(command)) text += "It takes the COMMON OPTIONS.\n";
  return text + roff_items(command);
}

struct Item {
  std::string_view name;
  std::string_view text;
};

constexpr std::array kSignals{
    Item{"SIGHUP",
         "takes up a changed configuration. A wrong one is an error in the log, and what runs "
         "stays."},
    Item{"SIGUSR2",
         "starts the program anew, which takes over with all sessions, where "
         "process.handover_path is set. A new one that fails leaves the old one serving."},
    Item{"SIGTERM, SIGINT",
         "take no new clients, and end the process once its sessions have ended, or after "
         "process.drain_timeout. A second one ends it at once."},
};

constexpr std::array kFiles{
    Item{"/etc/signpost/signpost.yaml",
         "The configuration that the service of the Debian package reads."},
    Item{"/var/lib/signpost/state",
         "What was known, so that a restart while the orchestrator is away serves it; its "
         "state.path."},
    Item{"/run/signpost/handover",
         "The socket by which a new process takes over from the running one; "
         "process.handover_path in that configuration."},
};

constexpr std::array kVariables{
    Item{"NOTIFY_SOCKET",
         "Set by systemd: where it is told of the start, a reload and the end, as sd_notify(3) "
         "does."},
};

constexpr std::array kExitStatuses{
    Item{"0", "It went well."},
    Item{"1", "It did not; a line on standard error says why."},
    Item{"other", "The command line itself makes no sense."},
};

template <class Items>
std::string roff_list(const Items& items) {
  std::string text;
  for (const Item& item : items) {
    text +=
        fmt::format(".TP\n{}\n{}\n", bold(std::string(item.name)), roff(std::string(item.text)));
  }
  return text;
}

/// Every variable that stands in for an option, once.
std::string roff_variables(const Command& tree) {
  std::string text;
  std::set<std::string> told;
  for_each(tree, [&](const Command& command) {
    for (const Option& option : command.options) {
      if (option.variable.empty() || !told.insert(option.variable).second) continue;
      text += fmt::format(".TP\n{}\nStands in for {}: {}\n",
                          bold(option.variable),
                          bold(option.names.back()),
                          roff(ended(option.text)));
    }
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
         ".SH COMMON OPTIONS\nThose of all commands that ask a running Signpost.\n" +
         common_options(tree, roff_option) + ".SH COMMANDS\n" + all(tree, roff_command) +
         ".SH SIGNALS\nTo\n.BR \"signpost run\" ,\n.B signpost dnsd\nand\n.BR \"signpost vipd\" "
         ":\n" +
         roff_list(kSignals) + ".SH EXIT STATUS\n" + roff_list(kExitStatuses) +
         ".SH ENVIRONMENT\n" + roff_variables(tree) + roff_list(kVariables) + ".SH FILES\n" +
         roff_list(kFiles) + ".SH SEE ALSO\n.BR signpost.yaml (5)\n";
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

}  // namespace signpost::help
