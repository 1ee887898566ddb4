#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace config {

/// A name that TLS clients ask for, e.g. shop.example.org, or *.example.org for all below a domain;
/// in lower case, without blanks around it and a final dot. Nothing when it is no such name.
std::optional<std::string> as_server_name(std::string_view text);

}  // namespace config
