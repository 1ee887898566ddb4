#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "common/ip.h"
#include "common/prefix.h"
#include "config/settings.h"
#include "config/words.h"

namespace config {

/// What was wrong with a text, beyond "not of this type"; empty when that says it all.
using Hint = std::string;
template <class T>
using Parsed = tl::expected<T, Hint>;

/// How a type of option is written. Each specialisation gives:
///   kName      its name in the reference
///   kExpected  what an error says was expected
///   parse      text to value; never throws
///   print      value to text that parse() reads back
template <class T>
struct Type;

template <>
struct Type<bool> {
  static constexpr std::string_view kName = "true or false";
  static constexpr std::string_view kExpected = "true or false";
  static Parsed<bool> parse(std::string_view text);
  static std::string print(bool value) { return value ? "true" : "false"; }
};

template <>
struct Type<int> {
  static constexpr std::string_view kName = "number";
  static constexpr std::string_view kExpected = "a whole number";
  static Parsed<int> parse(std::string_view text);
  static std::string print(int value) { return std::to_string(value); }
};

/// A size in bytes.
template <>
struct Type<std::uint64_t> {
  static constexpr std::string_view kName = "size";
  static constexpr std::string_view kExpected = "a size such as 65536, 64KiB or 64MiB";
  static Parsed<std::uint64_t> parse(std::string_view text);
  static std::string print(std::uint64_t bytes);
};

template <>
struct Type<Milliseconds> {
  static constexpr std::string_view kName = "duration";
  static constexpr std::string_view kExpected = "a duration such as 500ms, 5s, 2m or 1h";
  static Parsed<Milliseconds> parse(std::string_view text);
  static std::string print(Milliseconds value);
};

template <>
struct Type<Seconds> {
  static constexpr std::string_view kName = "duration";
  static constexpr std::string_view kExpected = "a duration of whole seconds such as 5s, 2m or 1h";
  static Parsed<Seconds> parse(std::string_view text);
  static std::string print(Seconds value) { return Type<Milliseconds>::print(value); }
};

template <>
struct Type<std::string> {
  static constexpr std::string_view kName = "text";
  static constexpr std::string_view kExpected = "a text";
  static Parsed<std::string> parse(std::string_view text) { return std::string(text); }
  static std::string print(const std::string& value) { return value; }
};

template <>
struct Type<common::IpAddress> {
  static constexpr std::string_view kName = "address";
  static constexpr std::string_view kExpected = "an address such as 127.0.0.1 or ::1";
  static Parsed<common::IpAddress> parse(std::string_view text);
  static std::string print(const common::IpAddress& value) { return value.to_string(); }
};

template <>
struct Type<common::SocketAddress> {
  static constexpr std::string_view kName = "address and port";
  static constexpr std::string_view kExpected =
      "an address and port such as 127.0.0.1:53 or \"[::1]:53\"";
  static Parsed<common::SocketAddress> parse(std::string_view text);
  static std::string print(const common::SocketAddress& value) { return value.to_string(); }
};

template <>
struct Type<common::IpPrefix> {
  static constexpr std::string_view kName =
      "an address or range such as 10.0.0.1, 10.0.0.0/8 or fd00::/8";
  static constexpr std::string_view kExpected = kName;
  static Parsed<common::IpPrefix> parse(std::string_view text);
  static std::string print(const common::IpPrefix& value) { return value.to_string(); }
};

template <>
struct Type<common::Ipv4Prefix> {
  static constexpr std::string_view kName = "IPv4 range";
  static constexpr std::string_view kExpected = "an IPv4 range such as 11.0.0.0/8";
  static Parsed<common::Ipv4Prefix> parse(std::string_view text);
  static std::string print(const common::Ipv4Prefix& value) { return value.to_string(); }
};

/// An enumeration is written by words, which its Words list.
template <class Enum>
requires std::is_enum_v<Enum>
struct Type<Enum> {
  static constexpr std::string_view kName = Words<Enum>::kList;
  static constexpr std::string_view kExpected = kName;
  static Parsed<Enum> parse(std::string_view text) {
    for (const auto& [word, value] : Words<Enum>::kAll) {
      if (word == text) return value;
    }
    return tl::unexpected<Hint>(Hint());
  }
  static std::string print(Enum value) {
    for (const auto& [word, known] : Words<Enum>::kAll) {
      if (known == value) return std::string(word);
    }
    return {};
  }
};

}  // namespace config
