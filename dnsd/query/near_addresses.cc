#include "dnsd/query/near_addresses.h"

#include <algorithm>
#include <array>

namespace dnsd {
namespace {

/// Of the data of an A or AAAA record.
common::IpAddress address_in(std::span<const std::uint8_t> octets) {
  if (octets.size() == 4) {
    return common::IpAddress::v4(std::uint32_t{octets[0]} << 24U | std::uint32_t{octets[1]} << 16U |
                                 std::uint32_t{octets[2]} << 8U | octets[3]);
  }
  std::array<std::uint8_t, 16> bytes{};
  std::copy(octets.begin(), octets.end(), bytes.begin());
  return common::IpAddress::v6(bytes);
}

bool holds_addresses(RrType type) { return type == RrType::A || type == RrType::Aaaa; }

}  // namespace

const common::IpPrefix* network_of(const common::IpAddress& client,
                                   const std::vector<common::IpPrefix>& networks) {
  const common::IpPrefix* narrowest = nullptr;
  for (const common::IpPrefix& network : networks) {
    if (narrowest != nullptr && network.length <= narrowest->length) continue;
    if (network.contains(client)) narrowest = &network;
  }
  return narrowest;
}

void NearAddresses::narrow() {
  if (!holds_addresses(rrset_.type())) return;
  std::size_t inside = 0;
  for (std::size_t i = 0; i < rrset_.size(); ++i) inside += is_inside(i) ? 1 : 0;
  if (inside > 0) size_ = inside;
}

bool NearAddresses::is_inside(std::size_t index) const {
  const auto record = rrset_.records(index, index + 1);
  return network_->contains(address_in(record.subspan(RrSet::kFixedSize)));
}

}  // namespace dnsd
