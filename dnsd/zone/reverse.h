#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "dnsd/zone/contribution.h"
#include "dnsd/zone/naming.h"

namespace dnsd {

/// 7.0.0.10.in-addr.arpa, or 32 digits below ip6.arpa.
Name reverse_name(const common::IpAddress& address);
/// The address that such a name in wire form and lower case stands for; nothing for another name.
std::optional<common::IpAddress> reversed_address(std::string_view name);
/// Where a reverse zone starts: 10.in-addr.arpa for 10.0.0.0/8.
Name reverse_apex(const common::IpPrefix& zone);

/// A PTR record to `target` for each address that is in a reverse zone. Of those an address gets
/// in all, one is published: clients expect one name (RFC 1912 section 2.1).
void add_pointers(const std::vector<common::IpAddress>& addresses,
                  const std::optional<Name>& target,
                  const Naming& naming,
                  bool passing,
                  Contribution& out);

}  // namespace dnsd
