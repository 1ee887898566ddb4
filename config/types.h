#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/ip.h"
#include "common/log.h"
#include "config/settings.h"

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
struct Type<common::Ipv4Prefix> {
  static constexpr std::string_view kName = "IPv4 range";
  static constexpr std::string_view kExpected = "an IPv4 range such as 11.0.0.0/8";
  static Parsed<common::Ipv4Prefix> parse(std::string_view text);
  static std::string print(const common::Ipv4Prefix& value) { return value.to_string(); }
};

template <>
struct Type<MesosMode> {
  static constexpr std::string_view kName = "auto, stream or poll";
  static constexpr std::string_view kExpected = kName;
  static Parsed<MesosMode> parse(std::string_view text);
  static std::string print(MesosMode value);
};

template <>
struct Type<TokenScheme> {
  static constexpr std::string_view kName = "token or bearer";
  static constexpr std::string_view kExpected = kName;
  static Parsed<TokenScheme> parse(std::string_view text);
  static std::string print(TokenScheme value);
};

template <>
struct Type<StandbyMode> {
  static constexpr std::string_view kName = "redirect or proxy";
  static constexpr std::string_view kExpected = kName;
  static Parsed<StandbyMode> parse(std::string_view text);
  static std::string print(StandbyMode value);
};

template <>
struct Type<DnsHealth> {
  static constexpr std::string_view kName = "prefer-passing, require-passing or ignore";
  static constexpr std::string_view kExpected = kName;
  static Parsed<DnsHealth> parse(std::string_view text);
  static std::string print(DnsHealth value);
};

template <>
struct Type<Balance> {
  static constexpr std::string_view kName = kBalanceWords;
  static constexpr std::string_view kExpected = kName;
  static Parsed<Balance> parse(std::string_view text);
  static std::string print(Balance value);
};

template <>
struct Type<Drain> {
  static constexpr std::string_view kName = "keep, wait or close";
  static constexpr std::string_view kExpected = kName;
  static Parsed<Drain> parse(std::string_view text);
  static std::string print(Drain value);
};

template <>
struct Type<LabelRule> {
  static constexpr std::string_view kName = "rfc1123 or rfc952";
  static constexpr std::string_view kExpected = kName;
  static Parsed<LabelRule> parse(std::string_view text);
  static std::string print(LabelRule value);
};

template <>
struct Type<AddressSource> {
  static constexpr std::string_view kName = "task or agent";
  static constexpr std::string_view kExpected = kName;
  static Parsed<AddressSource> parse(std::string_view text);
  static std::string print(AddressSource value);
};

template <>
struct Type<ReverseZone> {
  static constexpr std::string_view kName =
      "address range such as 10.32.0.0/16 or \"fd01::/16\" of whole octets or digits";
  static constexpr std::string_view kExpected =
      "a range such as 10.32.0.0/16 (of /8, /16 or /24) or \"fd01::/16\" (a multiple of 4)";
  static Parsed<ReverseZone> parse(std::string_view text);
  static std::string print(const ReverseZone& value);
};

template <>
struct Type<common::log::Level> {
  static constexpr std::string_view kName = "debug, info, warn, error or off";
  static constexpr std::string_view kExpected = kName;
  static Parsed<common::log::Level> parse(std::string_view text);
  static std::string print(common::log::Level value);
};

}  // namespace config
