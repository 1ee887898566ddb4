#include "watcher/vips/dcos_names.h"

#include <cstddef>

namespace watcher {
namespace {

constexpr std::size_t kMaxLabel = 63;  // RFC 1035 section 2.3.4

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool becomes_dash(char c) { return c == '-' || c == '_' || c == '.'; }

void strip_trailing_dashes(std::string& label) { label.resize(label.find_last_not_of('-') + 1); }

}  // namespace

std::string dcos_label(std::string_view text) {
  std::string label;
  // A label that is full but ends in dashes loses them and is filled up again without dashes.
  bool refilling = false;
  for (const char raw : text) {
    if (label.size() == kMaxLabel) {
      strip_trailing_dashes(label);
      if (label.size() == kMaxLabel) break;
      refilling = true;
    }
    const char c = to_lower(raw);
    if (is_alphanumeric(c)) {
      label.push_back(c);
    } else if (becomes_dash(c) && !label.empty() && !refilling) {
      label.push_back('-');
    }
  }
  strip_trailing_dashes(label);
  return label;
}

std::string dcos_domain_frag(std::string_view text) {
  std::string name;
  bool first = true;
  while (!text.empty()) {
    const std::size_t dot = text.find('.');
    const std::string_view part = text.substr(0, dot);
    text.remove_prefix(dot == std::string_view::npos ? text.size() : dot + 1);
    if (part.empty()) continue;
    if (!first) name.push_back('.');
    name += dcos_label(part);
    first = false;
  }
  return name;
}

}  // namespace watcher
