#include "signpost/top/metrics_text.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

namespace signpost {
namespace {

/// What stands between quotes, from behind the first; moves `text` behind the second.
std::optional<std::string> read_quoted(std::string_view& text) {
  std::string value;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '"') return value;
    if (c == '\\' && !text.empty()) {
      value += text.front() == 'n' ? '\n' : text.front();
      text.remove_prefix(1);
    } else {
      value += c;
    }
  }
  return std::nullopt;
}

/// key="value",... up to and with the brace that closes it.
std::optional<MetricsText::Labels> read_labels(std::string_view& text) {
  MetricsText::Labels labels;
  while (!text.empty() && text.front() != '}') {
    const std::size_t equals = text.find("=\"");
    if (equals == std::string_view::npos) return std::nullopt;
    std::string key(text.substr(0, equals));
    text.remove_prefix(equals + 2);
    auto value = read_quoted(text);
    if (!value) return std::nullopt;
    labels.emplace(std::move(key), std::move(*value));
    if (!text.empty() && text.front() == ',') text.remove_prefix(1);
  }
  if (text.empty()) return std::nullopt;
  text.remove_prefix(1);
  return labels;
}

}  // namespace

MetricsText::MetricsText(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    const std::size_t name_end = line.find_first_of("{ ");
    if (name_end == std::string_view::npos) continue;
    const std::string name(line.substr(0, name_end));
    const bool has_labels = line[name_end] == '{';
    line.remove_prefix(name_end + 1);
    auto labels = has_labels ? read_labels(line) : std::optional<Labels>(std::in_place);
    if (labels) {
      by_name_[name].push_back(
          {std::move(*labels), std::strtod(std::string(line).c_str(), nullptr)});
    }
  }
}

const std::vector<MetricsText::Sample>& MetricsText::samples(std::string_view name) const {
  static const std::vector<Sample> kNone;
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? kNone : found->second;
}

double MetricsText::sum(std::string_view name) const {
  double total = 0;
  for (const Sample& sample : samples(name)) total += sample.value;
  return total;
}

std::string label(const MetricsText::Sample& sample, std::string_view key) {
  const auto found = sample.labels.find(key);
  return found == sample.labels.end() ? std::string() : found->second;
}

}  // namespace signpost
