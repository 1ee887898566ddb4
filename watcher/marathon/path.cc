#include "watcher/marathon/path.h"

#include <fmt/core.h>

namespace watcher::marathon {
namespace {

/// RFC 3986 section 3.3: unreserved characters, '/', and ':' which stands in versions.
bool may_stand_in_path(char c) {
  constexpr std::string_view kMarks = "-._~/:";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kMarks.find(c) != std::string_view::npos;
}

}  // namespace

std::string mesos_name(std::string_view app) {
  std::string name;
  while (!app.empty()) {
    const std::size_t slash = app.rfind('/');
    const std::size_t start = slash == std::string_view::npos ? 0 : slash + 1;
    if (!name.empty() && start < app.size()) name += '.';
    name += app.substr(start);
    app = app.substr(0, start == 0 ? 0 : slash);
  }
  return name;
}

bool is_below(std::string_view app, std::string_view group) {
  return group == "/" || (app.starts_with(group) && app.substr(group.size()).starts_with('/'));
}

std::string url_encode(std::string_view path) {
  std::string encoded;
  for (const char c : path) {
    if (may_stand_in_path(c)) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

}  // namespace watcher::marathon
