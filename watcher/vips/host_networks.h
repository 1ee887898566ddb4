#pragma once

#include <optional>
#include <string>

#include "watcher/vips/vip.h"

namespace watcher {

/// Why a label cannot make this address a VIP: it lies in a network of this host, where another
/// host may have it, and clients here would no longer reach that one. Nothing for the host's own
/// addresses, for those of the pool, and outside its networks.
std::optional<std::string> belongs_to_others(const IpAddress& address, const VipRules& rules);

}  // namespace watcher
