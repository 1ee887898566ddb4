#pragma once

#include <string>

#include "signpost/help/tree.h"

/// Pages for people, printed from what the program itself goes by.
namespace signpost::help {

/// signpost(1), in roff with the macros of man(7).
std::string manual_of_commands(const Command& tree);
/// signpost.yaml(5), from the table of options.
std::string manual_of_options();
/// Every command as Markdown: docs/reference/commands.md.
std::string reference_of_commands(const Command& tree);

}  // namespace signpost::help
