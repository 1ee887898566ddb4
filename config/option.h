#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "config/schema.h"
#include "config/types.h"

/// Private to config/: turns a typed row of the schema into an Option.
namespace config {

/// What a value has to be beyond its type; `words` complete "expected …".
template <class T>
struct Must {
  std::string_view words;
  bool (*be)(const T&) = nullptr;
};

/// Limits of one value: of each item in a list, of each value in a map.
template <class T>
struct Limits {
  std::optional<T> least = std::nullopt;
  std::optional<T> most = std::nullopt;
  Must<T> must = {};

  bool hold(const T& value) const {
    return !(least && value < *least) && !(most && *most < value) && !(must.be && !must.be(value));
  }
  /// "1s to 1h"; empty when any value of the type will do.
  std::string words() const {
    if (!least || !most) return std::string(must.words);
    return Type<T>::print(*least) + " to " + Type<T>::print(*most);
  }
  /// "duration, 1s to 1h"; what must be says it all.
  std::string type() const {
    if (must.be) return std::string(must.words);
    const std::string range = words();
    return std::string(Type<T>::kName) + (range.empty() ? "" : ", " + range);
  }
};

/// `text` as a YAML scalar, in double quotes where it would be read as something else without.
std::string quote(std::string_view text);
/// "expected X, found Y", with the hint if there is one.
Complaint expected(std::string_view what, const Value& found, const Hint& hint = {});

/// How a value of T is read and written; lists and maps are made of scalars.
template <class T>
struct Shape {
  using Item = T;
  static std::string type(const Limits<T>& limits) { return limits.type(); }
  static std::vector<Complaint> read(const Value& from, const Limits<T>& limits, T& into) {
    if (from.kind != Value::Kind::Scalar) return {expected(Type<T>::kExpected, from)};
    const Parsed<T> value = Type<T>::parse(from.text);
    if (!value) return {expected(Type<T>::kExpected, from, value.error())};
    if (!limits.hold(*value)) return {expected(limits.words(), from)};
    into = *value;
    return {};
  }
  static std::string print(const T& value) { return quote(Type<T>::print(value)); }
};

template <class T>
struct Shape<std::vector<T>> {
  using Item = T;
  static std::string type(const Limits<T>& limits) { return "list, each " + limits.type(); }
  static std::vector<Complaint> read(const Value& from,
                                     const Limits<T>& limits,
                                     std::vector<T>& into) {
    if (from.kind != Value::Kind::List) return {expected("a list such as [a, b]", from)};
    std::vector<Complaint> complaints;
    into.clear();
    for (const Value& child : from.children) {
      const auto more = Shape<T>::read(child, limits, into.emplace_back());
      complaints.insert(complaints.end(), more.begin(), more.end());
    }
    return complaints;
  }
  static std::string print(const std::vector<T>& values) {
    std::string line;
    for (const T& value : values) line += (line.empty() ? "" : ", ") + Shape<T>::print(value);
    return "[" + line + "]";
  }
};

template <class T>
struct Shape<std::map<std::string, T>> {
  using Item = T;
  static std::string type(const Limits<T>& limits) { return "map, each value " + limits.type(); }
  static std::vector<Complaint> read(const Value& from,
                                     const Limits<T>& limits,
                                     std::map<std::string, T>& into) {
    if (from.kind != Value::Kind::Map) return {expected("a map such as {a: b}", from)};
    std::vector<Complaint> complaints;
    into.clear();
    for (const Value& child : from.children) {
      const auto more = Shape<T>::read(child, limits, into[child.key]);
      complaints.insert(complaints.end(), more.begin(), more.end());
    }
    return complaints;
  }
  static std::string print(const std::map<std::string, T>& values) {
    std::string line;
    for (const auto& [key, value] : values) {
      line += (line.empty() ? "" : ", ") + quote(key) + ": " + Shape<T>::print(value);
    }
    return "{" + line + "}";
  }
};

/// Limits are those of a domain. Keys are those of dns_schemes.h.
template <>
struct Shape<Schemes> {
  using Item = std::string;
  static std::string type(const Limits<std::string>& limits) {
    return "map, each value on, off or " + limits.type();
  }
  static std::vector<Complaint> read(const Value& from,
                                     const Limits<std::string>& limits,
                                     Schemes& into);
  static std::string print(const Schemes& value);
};

template <class Access>
using ValueOf = std::decay_t<std::invoke_result_t<Access, Settings&>>;

/// A row of the schema. `at` gives the member of any Settings; SIGNPOST_OPTION writes it and `key`.
template <class Access, class T = ValueOf<Access>>
Option option(std::string_view key,
              Access at,
              std::type_identity_t<T> fallback,
              std::type_identity_t<Limits<typename Shape<T>::Item>> limits,
              std::string_view text) {
  return {.key = std::string(key),
          .type = Shape<T>::type(limits),
          .text = std::string(text),
          .reset = [at, fallback](Settings& settings) { at(settings) = fallback; },
          .read = [at, limits](
                      const Value& from,
                      Settings& settings) { return Shape<T>::read(from, limits, at(settings)); },
          .print = [at](const Settings& settings) { return Shape<T>::print(at(settings)); }};
}

/// A row whose value stays what it was when the process began.
inline Option fixed_at_start(Option row) {
  row.reloads = false;
  return row;
}

/// The path of a member and the way to it, so that a key cannot differ from its member.
#define SIGNPOST_OPTION(path) \
#path, [](auto& settings) -> auto& { return settings.path; }

}  // namespace config
