#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace config {

/// Keystrokes between two words: insert, delete, replace, or swap two neighbours.
/// Source: Damerau, "A technique for computer detection and correction of spelling errors", 1964,
/// in its restricted form. Cost: product of the sizes.
std::size_t edit_distance(std::string_view from, std::string_view to);

/// The candidate that `word` was probably meant to be: empty when none is near.
std::optional<std::string> nearest(std::string_view word,
                                   const std::vector<std::string>& candidates);

}  // namespace config
