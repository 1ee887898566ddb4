#include "config/text_words.h"

#include <algorithm>

namespace config {

Parsed<std::vector<std::string>> split_words(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t start = text.find_first_not_of(" \t");
    if (start == std::string_view::npos) break;
    text.remove_prefix(start);
    std::string& word = words.emplace_back();
    if (text.front() != '"') {
      const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
      word = text.substr(0, end);
      text.remove_prefix(end);
      continue;
    }
    std::size_t at = 1;
    for (; at < text.size() && text[at] != '"'; ++at) {
      if (text[at] == '\\') ++at;
      if (at < text.size()) word += text[at];
    }
    if (at >= text.size()) return tl::unexpected<Hint>("a closing quote is missing");
    text.remove_prefix(at + 1);
  }
  return words;
}

std::string in_quotes(std::string_view word) {
  std::string quoted = "\"";
  for (const char c : word) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::string as_word(std::string_view word) {
  const bool plain =
      !word.empty() && word.front() != '"' && word.find_first_of(" \t") == std::string_view::npos;
  return plain ? std::string(word) : in_quotes(word);
}

}  // namespace config
