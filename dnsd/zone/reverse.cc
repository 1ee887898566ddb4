#include "dnsd/zone/reverse.h"

#include <algorithm>

#include "common/reverse_name.h"

namespace dnsd {
namespace {

bool is_in(const common::IpAddress& address, const config::ReverseZone& zone) {
  return address.is_v4() == zone.first.is_v4() && common::reverse_name(address, zone.length) ==
                                                      common::reverse_name(zone.first, zone.length);
}

}  // namespace

Name reverse_name(const common::IpAddress& address) {
  return Name::from_text(common::reverse_name(address, address.is_v4() ? 32 : 128)).value();
}

Name reverse_apex(const config::ReverseZone& zone) {
  return Name::from_text(common::reverse_name(zone.first, zone.length)).value();
}

void add_pointers(const std::vector<common::IpAddress>& addresses,
                  const std::optional<Name>& target,
                  const Naming& naming,
                  bool passing,
                  Contribution& out) {
  if (!target || naming.reverse_zones.empty()) return;
  for (const common::IpAddress& address : addresses) {
    const auto holds = [&](const config::ReverseZone& zone) { return is_in(address, zone); };
    const auto& zones = naming.reverse_zones;
    if (std::none_of(zones.begin(), zones.end(), holds)) continue;
    out.add(reverse_name(address), RrType::Ptr, name_rdata(*target), passing);
  }
}

}  // namespace dnsd
