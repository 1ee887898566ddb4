#include "config/option.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "config/dns_schemes.h"
#include "config/nearest.h"

namespace config {
namespace {

constexpr std::size_t kMaxQuoted = 80;  // Of a wrong value in an error.

bool is_plain(char c) {
  const bool alphanumeric =
      (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return alphanumeric || std::string_view("_./:-").find(c) != std::string_view::npos;
}

/// Can stand without quotes anywhere in YAML and is then read as this very text.
bool is_plain(std::string_view text) {
  if (text.empty() || !std::all_of(text.begin(), text.end(), [](char c) { return is_plain(c); })) {
    return false;
  }
  const bool marks = text.front() == '-' || text.front() == ':' || text.back() == ':';
  return !marks && text != "null" && text != "Null" && text != "NULL";
}

std::string describe(const Value& value) {
  switch (value.kind) {
    case Value::Kind::Nothing:
      return "nothing";
    case Value::Kind::List:
      return "a list";
    case Value::Kind::Map:
      return "a map";
    case Value::Kind::Scalar:
      break;
  }
  if (value.text.size() <= kMaxQuoted) return "'" + value.text + "'";
  return "'" + value.text.substr(0, kMaxQuoted) + "…'";
}

}  // namespace

std::string quote(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') {
      quoted += fmt::format("\\x{:02x}", static_cast<int>(c));
    } else {
      if (c == '"' || c == '\\') quoted += '\\';
      quoted += c;
    }
  }
  return quoted + '"';
}

Complaint expected(std::string_view what, const Value& found, const Hint& hint) {
  std::string text = fmt::format("expected {}, found {}", what, describe(found));
  if (!hint.empty()) text += "; " + hint;
  return {found.line, std::move(text)};
}

namespace {

Complaint unknown_scheme(const Value& given) {
  const std::vector<std::string> known(kDnsSchemes.begin(), kDnsSchemes.end());
  const auto meant = nearest(given.key, known);
  const std::string hint =
      meant ? "did you mean " + *meant + "?" : fmt::format("there are {}", fmt::join(known, ", "));
  return {given.line, fmt::format("'{}' is no scheme; {}", given.key, hint)};
}

Complaint unfit_choice(const Value& given, const Limits<std::string>& limits) {
  return expected("on, off or " + limits.words(), given);
}

}  // namespace

std::vector<Complaint> Shape<Schemes>::read(const Value& from,
                                            const Limits<std::string>& limits,
                                            Schemes& into) {
  if (from.kind != Value::Kind::Map) return {expected("a map such as {zk: off}", from)};
  std::vector<Complaint> complaints;
  into.choices.clear();
  for (const Value& child : from.children) {
    const bool is_known =
        std::find(kDnsSchemes.begin(), kDnsSchemes.end(), child.key) != kDnsSchemes.end();
    if (!is_known) {
      complaints.push_back(unknown_scheme(child));
    } else if (child.kind != Value::Kind::Scalar || !limits.hold(child.text)) {
      complaints.push_back(unfit_choice(child, limits));
    } else {
      into.choices[child.key] = child.text;
    }
  }
  return complaints;
}

std::string Shape<Schemes>::print(const Schemes& value) {
  return Shape<std::map<std::string, std::string>>::print(value.choices);
}

}  // namespace config
