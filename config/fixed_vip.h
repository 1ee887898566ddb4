#pragma once

#include <string_view>

#include "config/types.h"

namespace config {

/// A line: the VIP as a label has it (NAME:PORT or ADDRESS:PORT), perhaps "udp", where its backends
/// are, and key=value for what labels would say, e.g.
///   /postgres:5432 10.0.0.11:5432 10.0.0.12:5432 balance=source "check=tcp interval=5s"
template <>
struct Type<FixedVip> {
  static constexpr std::string_view kName =
      "VIP and its backends, such as '/postgres:5432 10.0.0.11:5432'";
  static constexpr std::string_view kExpected = kName;
  static Parsed<FixedVip> parse(std::string_view text);
  static std::string print(const FixedVip& value);
};

}  // namespace config
