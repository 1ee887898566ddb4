#include "dnsd/zone/reverse.h"

#include <algorithm>

#include "common/reverse_name.h"

namespace dnsd {
Name reverse_name(const common::IpAddress& address) {
  return Name::from_text(common::reverse_name(address, address.is_v4() ? 32 : 128)).value();
}

Name reverse_apex(const common::IpPrefix& zone) {
  return Name::from_text(common::reverse_name(zone.first, zone.length)).value();
}

void add_pointers(const std::vector<common::IpAddress>& addresses,
                  const std::optional<Name>& target,
                  const Naming& naming,
                  bool passing,
                  Contribution& out) {
  if (!target || naming.reverse_zones.empty()) return;
  for (const common::IpAddress& address : addresses) {
    const auto holds = [&](const common::IpPrefix& zone) { return zone.contains(address); };
    const auto& zones = naming.reverse_zones;
    if (std::none_of(zones.begin(), zones.end(), holds)) continue;
    out.add(reverse_name(address), RrType::Ptr, name_rdata(*target), passing);
  }
}

}  // namespace dnsd
