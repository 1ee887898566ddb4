#pragma once

#include <map>
#include <string>
#include <string_view>

namespace minimarathon {

/// Does an app with these labels match a selector of GET /v2/apps?label=...: a comma list of
/// `name`, `name==value`, `name!=value`, `name in (a, b)` and `name notin (a, b)`, all of which
/// must hold. A selector that cannot be read matches nothing.
bool matches_labels(const std::map<std::string, std::string>& labels, std::string_view selector);

}  // namespace minimarathon
