#include "common/log_json.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <set>

namespace common::log {
namespace {

constexpr std::size_t kMaxDigits = 15;  // What every reader of JSON keeps exactly.
/// What stands in front of the members has these names.
constexpr std::array<std::string_view, 3> kTaken{"time", "level", "msg"};

bool is_key_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '-';
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Octets of the UTF-8 sequence that `text` begins with; 0 when it begins with none (RFC 3629).
std::size_t utf8_length(std::string_view text) {
  const auto at = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = at(0);
  const std::size_t length = lead < 0x80                   ? 1
                             : lead >= 0xc2 && lead < 0xe0 ? 2
                             : lead >= 0xe0 && lead < 0xf0 ? 3
                             : lead >= 0xf0 && lead < 0xf5 ? 4
                                                           : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xc0) != 0x80) return 0;
  }
  const bool overlong = (lead == 0xe0 && at(1) < 0xa0) || (lead == 0xf0 && at(1) < 0x90);
  const bool beyond = (lead == 0xed && at(1) >= 0xa0) || (lead == 0xf4 && at(1) >= 0x90);
  return overlong || beyond ? 0 : length;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const char c = text.front();
    if (length == 0) {
      out += "\xef\xbf\xbd";
    } else if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (length == 1 && static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<int>(c));
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out + '"';
}

/// As JSON writes one: -1, 0.25; not 007 or 1e5.
bool is_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t whole = std::min(text.find('.'), text.size());
  const std::string_view digits = text.substr(0, whole);
  const std::string_view rest = text.substr(whole);
  if (text.size() > kMaxDigits || digits.empty() || rest.size() == 1) return false;
  if (digits.size() > 1 && digits.front() == '0') return false;
  return std::all_of(digits.begin(), digits.end(), is_digit) &&
         std::all_of(rest.begin() + (rest.empty() ? 0 : 1), rest.end(), is_digit);
}

struct Pair {
  std::string_view key;
  std::string value;
  bool text = false;  // It stood in quotes.
  std::size_t size = 0;
};

/// The value in quotes that `text` begins with, and how much of `text` it takes.
void read_quoted(std::string_view text, Pair& into) {
  std::size_t i = 1;
  for (; i < text.size() && text[i] != '"'; ++i) {
    const bool escapes =
        text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\');
    if (escapes) ++i;
    into.value += text[i];
  }
  into.text = true;
  into.size += std::min(i + 1, text.size());
}

/// The key=value that `text` begins with; `size` 0 when it begins with something else.
Pair read_pair(std::string_view text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_key_char);
  Pair pair{text.substr(0, static_cast<std::size_t>(end - text.begin())), {}};
  if (pair.key.empty() || end == text.end() || *end != '=') return {};
  pair.size = pair.key.size() + 1;
  text.remove_prefix(pair.size);
  if (text.starts_with('"')) {
    read_quoted(text, pair);
  } else {
    pair.value = text.substr(0, text.find(' '));
    pair.size += pair.value.size();
  }
  return pair;
}

}  // namespace

std::string json_members(std::string_view line) {
  std::string message;
  std::string members;
  std::set<std::string_view> seen(kTaken.begin(), kTaken.end());
  for (std::string_view rest = line; !rest.empty();) {
    const Pair pair = read_pair(rest);
    if (pair.size > 0 && seen.insert(pair.key).second) {
      const bool bare = !pair.text && is_number(pair.value);
      members += fmt::format(",{}:{}", quoted(pair.key), bare ? pair.value : quoted(pair.value));
      rest.remove_prefix(pair.size);
    } else {
      const std::string_view word =
          rest.substr(0, pair.size > 0 ? pair.size : std::min(rest.find(' '), rest.size()));
      if (!word.empty()) message += fmt::format("{}{}", message.empty() ? "" : " ", word);
      rest.remove_prefix(word.size());
    }
    if (rest.starts_with(' ')) rest.remove_prefix(1);
  }
  return fmt::format("\"msg\":{}{}}}", quoted(message.empty() ? line : message), members);
}

}  // namespace common::log
