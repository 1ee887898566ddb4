#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "signpost/operate.h"

/// What a running Signpost knows that may be typed as an argument, for completions.
namespace signpost {

/// The kinds of names there are: "services", "vips" …
std::vector<std::string> kinds_of_names();
/// The kind that stands for an argument by its word, as VIP does for "vips"; empty: none does.
std::string_view kind_of_argument(std::string_view word);

/// One name a line, sorted; of kinds that it answers for.
std::string list_names(const Desk& desk, const std::vector<std::string>& kinds);

/// From now on this process ends after a second, with 0: somebody waits at a prompt.
void end_soon();

}  // namespace signpost
