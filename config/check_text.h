#pragma once

#include <string_view>

#include "config/check.h"
#include "config/types.h"

namespace config {

/// A line: the kind of check, what it asks for, and key=value for the rest, e.g.
///   http /health status=200-299,401 interval=10s
/// Words that hold blanks stand in double quotes as a whole: "expect=all is well". What udp sends
/// and expects may hold \r, \n, \t, \\ and \xNN. All words behind a command are its own.
template <>
struct Type<Check> {
  static constexpr std::string_view kName = "check such as 'http /health'";
  static constexpr std::string_view kExpected = kName;
  static Parsed<Check> parse(std::string_view text);
  static std::string print(const Check& value);
};

}  // namespace config
