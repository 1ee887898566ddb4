#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace common {

/// A decimal integer that fills the whole text; empty when it is none or out of range. No blanks,
/// no plus sign.
template <class Integer>
std::optional<Integer> parse_integer(std::string_view text) {
  Integer value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace common
