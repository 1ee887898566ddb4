#include "dnsd/zone/reverse.h"

#include <algorithm>
#include <string>

#include "common/reverse_name.h"

namespace dnsd {
namespace {

constexpr std::size_t kIpv4Labels = 6;   // With in-addr and arpa.
constexpr std::size_t kIpv6Labels = 34;  // With ip6 and arpa.

/// The labels but for the last two, from the last to the first, with a separator after so many.
std::string turned_round(const std::vector<std::string_view>& labels, char between, int after) {
  std::string text;
  int since = 0;
  for (auto label = labels.rbegin() + 2; label != labels.rend(); ++label) {
    if (since++ == after) {
      text += between;
      since = 1;
    }
    text += *label;
  }
  return text;
}

}  // namespace

std::optional<common::IpAddress> reversed_address(std::string_view name) {
  std::vector<std::string_view> labels;
  for (std::string_view rest = name; rest.size() > 1; rest = parent_of(rest)) {
    labels.push_back(rest.substr(1, static_cast<unsigned char>(rest.front())));
  }
  if (labels.size() != kIpv4Labels && labels.size() != kIpv6Labels) return std::nullopt;
  const bool is_v4 = labels.size() == kIpv4Labels;
  const auto address =
      common::IpAddress::parse(is_v4 ? turned_round(labels, '.', 1) : turned_round(labels, ':', 4));
  if (!address || reverse_name(*address).wire() != name) return std::nullopt;
  return address;
}

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
