#include "watcher/vips/problem.h"

#include <fmt/core.h>

#include <string_view>
#include <utility>

namespace watcher {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet < 0x20 || octet == 0x7f) {
      out += fmt::format("\\x{:02x}", octet);
    } else {
      if (c == '"' || c == '\\') out.push_back('\\');
      out.push_back(c);
    }
  }
  out.push_back('"');
  return out;
}

}  // namespace

std::string Problem::to_string() const {
  std::string line;
  if (!app.empty()) line += fmt::format("app={} ", quoted(app));
  if (port) line += fmt::format("port={} ", *port);
  if (!label.empty()) line += fmt::format("label={} ", quoted(label));
  return line + fmt::format("value={} problem={}", quoted(value), quoted(reason));
}

Problem problem_at(const Task& task,
                   std::optional<std::size_t> port,
                   const Labels::value_type& label,
                   std::string reason) {
  return {.app = task.app,
          .port = port,
          .label = label.first,
          .value = label.second.substr(0, Problem::kMaxValue),
          .reason = std::move(reason)};
}

}  // namespace watcher
