#include "minimarathon/label_selector.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace minimarathon {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Parts between commas that stand outside brackets.
std::vector<std::string_view> terms_of(std::string_view selector) {
  std::vector<std::string_view> terms;
  int depth = 0;
  std::size_t start = 0;
  for (std::size_t i = 0; i <= selector.size(); ++i) {
    if (i < selector.size() && selector[i] == '(') ++depth;
    if (i < selector.size() && selector[i] == ')') --depth;
    if (i < selector.size() && (selector[i] != ',' || depth > 0)) continue;
    terms.push_back(trimmed(selector.substr(start, i - start)));
    start = i + 1;
  }
  return terms;
}

std::optional<bool> is_in_set(std::string_view value, std::string_view set) {
  set = trimmed(set);
  if (set.size() < 2 || set.front() != '(' || set.back() != ')') return std::nullopt;
  const auto members = terms_of(set.substr(1, set.size() - 2));
  return std::find(members.begin(), members.end(), value) != members.end();
}

bool holds(const std::map<std::string, std::string>& labels, std::string_view term) {
  const auto value_of = [&](std::string_view name) -> const std::string* {
    const auto found = labels.find(std::string(trimmed(name)));
    return found == labels.end() ? nullptr : &found->second;
  };
  if (const auto at = term.find("!="); at != std::string_view::npos) {
    const auto* value = value_of(term.substr(0, at));
    return value && *value != trimmed(term.substr(at + 2));
  }
  if (const auto at = term.find('='); at != std::string_view::npos) {
    const auto* value = value_of(term.substr(0, at));
    return value && *value == trimmed(term.substr(term.find_last_of('=', at + 1) + 1));
  }
  for (const std::string_view word : {" notin ", " in "}) {
    const auto at = term.find(word);
    if (at == std::string_view::npos) continue;
    const auto* value = value_of(term.substr(0, at));
    const auto found = value ? is_in_set(*value, term.substr(at + word.size())) : std::nullopt;
    return found && *found == (word == " in ");
  }
  return value_of(term) != nullptr;
}

}  // namespace

bool matches_labels(const std::map<std::string, std::string>& labels, std::string_view selector) {
  const auto terms = terms_of(selector);
  return std::all_of(
      terms.begin(), terms.end(), [&](std::string_view term) { return holds(labels, term); });
}

}  // namespace minimarathon
