#pragma once

#include <string>
#include <string_view>

#include "common/result.h"
#include "config/settings.h"

namespace config {

/// Settings with every default of the schema.
Settings defaults();

/// Reads YAML text over the defaults. `origin` names the text in errors ("signpost.yaml").
/// Errors: "signpost.yaml:12: dns.tll is not an option; did you mean dns.ttl?", a wrong type, a
/// value out of range; all of them at once, one a line.
common::Expected<Settings> parse(std::string_view text, std::string_view origin);
common::Expected<Settings> load(const std::string& path);

/// The settings as YAML with every option, its text as a comment above it; parse() reads it back.
std::string print(const Settings& settings);

/// The reference of every option as Markdown, for docs/reference/options.md.
std::string reference();

}  // namespace config
