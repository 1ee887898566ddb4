#pragma once

#include <string_view>

#include "common/result.h"
#include "watcher/vips/vip.h"

namespace watcher {

/// Reads the value of a VIP label: "ADDRESS:PORT" or "NAME:PORT". An IPv6 address may stand in
/// brackets; what is no address is a name in the framework's part of the tree.
/// Errors say what to write instead. Stricter than DC/OS, which also takes names that cannot be
/// asked for, ports that do not exist and addresses that no client can reach.
common::Expected<VipId> parse_vip_label(std::string_view value,
                                        std::string_view framework,
                                        Protocol protocol);

}  // namespace watcher
