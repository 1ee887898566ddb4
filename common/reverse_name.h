#pragma once

#include <string>

#include "common/ip.h"

namespace common {

/// The name below in-addr.arpa (RFC 1035 section 3.5) or ip6.arpa (RFC 3596 section 2.5) of the
/// first `bits` of an address, without a final dot: "32.10.in-addr.arpa" for 16 bits of 10.32.0.0.
/// Precondition: a positive multiple of 8 for IPv4, of 4 for IPv6.
std::string reverse_name(const IpAddress& address, int bits);

}  // namespace common
