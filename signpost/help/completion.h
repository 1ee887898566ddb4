#pragma once

#include <string>

#include "signpost/help/tree.h"

namespace signpost::help {

/// A script that teaches a shell the commands, their options and what files or words they take.
///
/// shell  bash, zsh or fish
std::string completion(const Command& tree, const std::string& shell);

}  // namespace signpost::help
