#include "tests/dnsd/cases/script.h"

#include <fmt/core.h>

#include <optional>
#include <utility>

namespace dnsd::testing {
namespace {

using common::ErrorCode;

bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// Takes the next word; quotes keep blanks together. Nothing when a quote is left open.
std::optional<std::string> take_word(std::string_view& line) {
  if (line.front() == '"') {
    const std::size_t end = line.find('"', 1);
    if (end == std::string_view::npos) return std::nullopt;
    std::string word(line.substr(1, end - 1));
    line.remove_prefix(end + 1);
    return word;
  }
  std::size_t end = 0;
  while (end < line.size() && !is_blank(line[end])) ++end;
  std::string word(line.substr(0, end));
  line.remove_prefix(end);
  return word;
}

/// The words of a line up to a comment.
std::optional<std::vector<std::string>> split(std::string_view line) {
  std::vector<std::string> words;
  for (;;) {
    while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
    if (line.empty() || line.front() == '#') return words;
    auto word = take_word(line);
    if (!word) return std::nullopt;
    words.push_back(std::move(*word));
  }
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

}  // namespace

std::string Step::where() const { return fmt::format("{}:{}", file, line); }

common::Expected<std::vector<Case>> parse_cases(std::string_view text, const std::string& file) {
  std::vector<Case> cases;
  for (int line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    auto words = split(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::string where = fmt::format("{}:{}", file, line);
    if (!words) return common::fail(ErrorCode::InvalidInput, where + ": a quote is not closed");
    if (words->empty()) continue;
    std::string verb = std::move(words->front());
    words->erase(words->begin());
    if (verb == "case") {
      cases.push_back({joined(*words), {}});
    } else if (cases.empty()) {
      return common::fail(ErrorCode::InvalidInput, where + ": start with a line 'case <title>'");
    } else {
      cases.back().steps.push_back({file, line, std::move(verb), std::move(*words)});
    }
  }
  return cases;
}

}  // namespace dnsd::testing
