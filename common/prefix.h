#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "common/ip.h"

namespace common {

/// A range of addresses of either family: "10.0.0.0/8", "fd00::/8", or one address.
struct IpPrefix {
  IpAddress first;  // Host bits zero.
  int length = 0;   // Bits.

  /// Nothing when it is none, or has host bits set.
  static std::optional<IpPrefix> parse(std::string_view text);
  /// The network of so many bits that an address is in.
  static IpPrefix around(const IpAddress& address, int length);
  bool contains(const IpAddress& address) const;
  std::string to_string() const;  // As parse() reads it; one address without a length.

  friend auto operator<=>(const IpPrefix&, const IpPrefix&) = default;
};

}  // namespace common
