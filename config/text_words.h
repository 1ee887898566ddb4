#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/types.h"

namespace config {

/// Splits a line at blanks; "..." is one word, in which \" and \\ stand for " and \.
Parsed<std::vector<std::string>> split_words(std::string_view text);
/// A word in quotes, as split_words() takes it back whatever is in it.
std::string in_quotes(std::string_view word);
/// The same, in quotes only where it needs them.
std::string as_word(std::string_view word);

}  // namespace config
