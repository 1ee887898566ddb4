#include "common/reverse_name.h"

#include <fmt/core.h>

namespace common {

std::string reverse_name(const IpAddress& address, int bits) {
  const auto octets = address.bytes();
  std::string name;
  for (int bit = bits; bit > 0; bit -= address.is_v4() ? 8 : 4) {
    const unsigned octet = octets[static_cast<std::size_t>((bit - 1) / 8)];
    if (address.is_v4()) {
      name += fmt::format("{}.", octet);
    } else {
      name += fmt::format("{:x}.", bit % 8 == 0 ? octet & 0xfU : octet >> 4U);
    }
  }
  return name + (address.is_v4() ? "in-addr.arpa" : "ip6.arpa");
}

}  // namespace common
