#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace admin {

/// JSON written straight into a text: for answers as large as the cluster, of which a tree of
/// values would take many times the time and the memory. Whoever writes keeps its order: within an
/// object members only, elsewhere values.
class JsonText {
 public:
  void begin_object() { begin('{'); }
  void end_object() { end('}'); }
  void begin_array() { begin('['); }
  void end_array() { end(']'); }
  void key(std::string_view name);

  void value(std::string_view text);
  void value(std::same_as<bool> auto truth) { raw(truth ? "true" : "false"); }
  void value(std::unsigned_integral auto number) requires(!std::same_as<decltype(number), bool>) {
    raw(std::to_string(number));
  }

  template <class Value>
  void member(std::string_view name, const Value& what) {
    key(name);
    value(what);
  }
  /// An array of what write(item) writes for each of the items.
  template <class Items, class Write>
  void list(std::string_view name, const Items& items, Write write) {
    key(name);
    begin_array();
    for (const auto& item : items) write(item);
    end_array();
  }

  std::string take() { return std::move(text_); }

 private:
  void begin(char bracket);
  void end(char bracket);
  void raw(std::string_view token);
  void separate();
  void quote(std::string_view text);

  std::string text_;
  bool follows_ = false;  // Something stands before what comes, in the same brackets.
};

}  // namespace admin
