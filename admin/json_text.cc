#include "admin/json_text.h"

#include <fmt/format.h>

#include <iterator>

namespace admin {
namespace {

bool needs_escape(char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < ' '; }

}  // namespace

void JsonText::separate() {
  if (follows_) text_ += ',';
  follows_ = true;
}

void JsonText::begin(char bracket) {
  separate();
  text_ += bracket;
  follows_ = false;
}

void JsonText::end(char bracket) {
  text_ += bracket;
  follows_ = true;
}

void JsonText::key(std::string_view name) {
  separate();
  quote(name);
  text_ += ':';
  follows_ = false;
}

void JsonText::value(std::string_view text) {
  separate();
  quote(text);
}

void JsonText::raw(std::string_view token) {
  separate();
  text_ += token;
}

/// Octets beyond ASCII are left as they are (RFC 8259 section 7).
void JsonText::quote(std::string_view text) {
  text_ += '"';
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && !needs_escape(text[plain])) ++plain;
    text_ += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    fmt::format_to(std::back_inserter(text_), "\\u{:04x}", static_cast<unsigned>(text.front()));
    text.remove_prefix(1);
  }
  text_ += '"';
}

}  // namespace admin
