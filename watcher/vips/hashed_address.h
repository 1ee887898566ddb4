#pragma once

#include <string_view>

#include "common/ip.h"

namespace watcher {

/// Where the hash of a VIP's name leads in a pool: the address DC/OS gives it, and AddressPool too
/// unless another has it. The last address is reached only by collisions, as in DC/OS.
common::IpAddress hashed_address(const common::Ipv4Prefix& range, std::string_view name);

}  // namespace watcher
