#pragma once

#include <yaml-cpp/yaml.h>

#include <string_view>

#include "common/result.h"

/// Heavy; only for the .cc of who reads YAML that people wrote.
namespace config {

/// The one document of a text; a null node when it is empty. Throws nothing.
/// Errors: InvalidInput, "line:column: what is wrong".
common::Expected<YAML::Node> parse_yaml_document(std::string_view text);

}  // namespace config
