#include "watcher/file/fields.h"

#include <fmt/core.h>

#include "common/parse.h"
#include "config/nearest.h"

namespace watcher::file {

void Complaints::add(const YAML::Node& place, std::string text) {
  ++count_;
  if (kept_.size() == Content::kMaxComplaints) return;
  kept_.push_back({place.Mark().line + 1, std::move(text)});
}

Fields::Fields(const YAML::Node& map,
               std::string_view what,
               const std::vector<std::string>& known,
               Complaints& complaints) {
  if (!map.IsMap()) {
    complaints.add(map, fmt::format("expected {} with keys such as {}:", what, known.front()));
    return;
  }
  for (const auto& entry : map) {
    const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "";
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      complaints.add(entry.first,
                     fmt::format("'{}' is no key of {}{}", key, what, suggestion(key, known)));
    } else if (!values_.emplace(key, entry.second).second) {
      complaints.add(entry.first, fmt::format("'{}' is given twice", key));
    }
  }
}

std::optional<YAML::Node> Fields::find(std::string_view key) const {
  const auto value = values_.find(key);
  if (value == values_.end() || value->second.IsNull()) return std::nullopt;
  return value->second;
}

std::optional<std::string> read_text(const YAML::Node& node, Complaints& complaints) {
  if (node.IsScalar()) return node.Scalar();
  complaints.add(node, "expected a text or a number here");
  return std::nullopt;
}

std::optional<std::uint16_t> read_port_number(const YAML::Node& node, Complaints& complaints) {
  const auto number =
      node.IsScalar() ? common::parse_integer<std::uint16_t>(node.Scalar()) : std::nullopt;
  if (number && *number > 0) return number;
  complaints.add(node, "expected a port from 1 to 65535");
  return std::nullopt;
}

Labels read_labels(const YAML::Node& node, Complaints& complaints) {
  if (!node.IsMap()) {
    complaints.add(node, "expected labels such as {key: value}");
    return {};
  }
  if (node.size() > kMaxLabels) {
    complaints.add(node, fmt::format("more than {} labels", kMaxLabels));
    return {};
  }
  Labels labels;
  for (const auto& entry : node) {
    const auto key = read_text(entry.first, complaints);
    const auto value = read_text(entry.second, complaints);
    if (key && value && !labels.emplace(*key, *value).second) {
      complaints.add(entry.first, fmt::format("label '{}' is given twice", *key));
    }
  }
  return labels;
}

std::vector<YAML::Node> items_of(const YAML::Node& node) {
  if (!node.IsSequence()) return {node};
  return {node.begin(), node.end()};
}

std::string suggestion(std::string_view word, const std::vector<std::string>& known) {
  const auto meant = config::nearest(word, known);
  return meant ? "; did you mean " + *meant + "?" : "";
}

}  // namespace watcher::file
