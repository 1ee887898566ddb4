#pragma once

#include <string_view>

#include "config/types.h"

namespace config {

/// A domain and the resolvers for it: one to eight, each an address and a port.
template <>
struct Type<ForwardZone> {
  static constexpr std::string_view kName =
      "domain and resolvers such as 'corp.example 10.1.0.2:53'";
  static constexpr std::string_view kExpected = kName;
  static Parsed<ForwardZone> parse(std::string_view text);
  static std::string print(const ForwardZone& value);
};

}  // namespace config
