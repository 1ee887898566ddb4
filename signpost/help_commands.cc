#include "signpost/help_commands.h"

#include <fmt/core.h>

#include "signpost/help/completion.h"
#include "signpost/help/manual.h"
#include "signpost/name_lists.h"
#include "signpost/output.h"

namespace signpost {

void HelpCommands::add_to(CLI::App& app, int& status) {
  auto* completion = app.add_subcommand("completion", "Print what teaches a shell these commands");
  completion->add_option("SHELL", shell_, "Which")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completion->footer(
      "For bash, once: source <(signpost completion bash). The Debian package has them in place.\n"
      "Names of services, tasks and virtual IPs come from the Signpost that runs.");
  completion->callback([&] { status = print(help::completion(help::read_tree(app), shell_)); });

  auto* man = app.add_subcommand("man", "Print a manual page");
  man->add_option("PAGE", page_, "Which: of the commands, or of the configuration")
      ->check(CLI::IsMember({"signpost", "signpost.yaml"}))
      ->capture_default_str();
  man->add_flag("--reference", reference_, "Print the reference of all commands as Markdown");
  man->footer("To read one: signpost man | man -l -");
  man->callback([&] {
    const help::Command tree = help::read_tree(app);
    status = print(reference_            ? help::reference_of_commands(tree)
                   : page_ == "signpost" ? help::manual_of_commands(tree)
                                         : help::manual_of_options());
  });
  add_names(app);
}

/// Without an answer there is nothing to offer, and nothing to say in the middle of a prompt.
void HelpCommands::add_names(CLI::App& app) {
  auto* names = app.add_subcommand("names", "Print what completions offer");
  names->group("");  // Used by completions, not by people.
  names->add_option("KIND", kinds_)->required()->check(CLI::IsMember(kinds_of_names()));
  add_desk(*names, desk_);
  names->callback([this] {
    end_soon();
    fmt::print("{}", list_names(desk_, kinds_));
  });
}

}  // namespace signpost
