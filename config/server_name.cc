#include "config/server_name.h"

#include <algorithm>

#include "config/static_record.h"

namespace config {

std::optional<std::string> as_server_name(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  if (text.ends_with('.')) text.remove_suffix(1);
  std::string name(text);
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  const std::string_view domain =
      name.starts_with("*.") ? std::string_view(name).substr(2) : std::string_view(name);
  if (!is_domain_name(domain)) return std::nullopt;
  return name;
}

}  // namespace config
