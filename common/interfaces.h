#pragma once

#include <vector>

#include "common/ip.h"
#include "common/prefix.h"

namespace common {

/// An address of an interface and the network it is in.
struct InterfaceNetwork {
  IpAddress own;
  IpPrefix network;

  friend auto operator<=>(const InterfaceNetwork&, const InterfaceNetwork&) = default;
};

/// Those of this host's interfaces that are up, sorted: no loopback and no link-local ones, which
/// mean nothing to others. Empty when there are none or the kernel does not tell.
std::vector<InterfaceNetwork> interface_networks();
std::vector<IpAddress> interface_addresses();  // Each once.

}  // namespace common
