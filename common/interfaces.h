#pragma once

#include <vector>

#include "common/ip.h"

namespace common {

/// The addresses of this host's interfaces that are up, sorted: no loopback and no link-local ones,
/// which mean nothing to others. Empty when there are none or the kernel does not tell.
std::vector<IpAddress> interface_addresses();

}  // namespace common
