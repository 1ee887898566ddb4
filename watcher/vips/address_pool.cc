#include "watcher/vips/address_pool.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "watcher/vips/hashed_address.h"

namespace watcher {
namespace {

constexpr std::size_t kBlock = 12;

/// Reads up to four octets as a little-endian number; octets behind the end are zero.
std::uint32_t read_word(std::string_view bytes, std::size_t from) {
  std::uint32_t word = 0;
  for (std::size_t i = from; i < std::min(from + 4, bytes.size()); ++i) {
    word |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])) << (8 * (i - from));
  }
  return word;
}

void stir(std::uint32_t& a, std::uint32_t& b, std::uint32_t& c) {
  constexpr std::array<std::array<int, 3>, 3> kShifts{{{13, 8, 13}, {12, 16, 5}, {3, 10, 15}}};
  for (const auto [for_a, for_b, for_c] : kShifts) {
    a = (a - b - c) ^ (c >> for_a);
    b = (b - c - a) ^ (a << for_b);
    c = (c - a - b) ^ (b >> for_c);
  }
}

std::uint32_t hashed_within(std::uint32_t first, std::uint32_t last, std::string_view name) {
  return first + phash2(name) % std::max(last - first, 1U);
}

}  // namespace

common::IpAddress hashed_address(const common::Ipv4Prefix& range, std::string_view name) {
  return common::IpAddress::v4(hashed_within(range.first, range.last(), name));
}

std::uint32_t phash2(std::string_view bytes) {
  constexpr std::uint32_t kGolden = 0x9e3779b9U;
  const auto length = static_cast<std::uint32_t>(bytes.size());
  std::uint32_t a = kGolden;
  std::uint32_t b = kGolden;
  std::uint32_t c = kGolden * 13U;
  for (; bytes.size() >= kBlock; bytes.remove_prefix(kBlock)) {
    a += read_word(bytes, 0);
    b += read_word(bytes, 4);
    c += read_word(bytes, 8);
    stir(a, b, c);
  }
  a += read_word(bytes, 0);
  b += read_word(bytes, 4);
  c += (read_word(bytes, 8) << 8) + length;  // The lowest octet of the last word is the length's.
  stir(a, b, c);
  return c;
}

AddressPool::AddressPool(const common::Ipv4Prefix& range,
                         std::map<std::string, common::IpAddress> remembered)
    : first_(range.first), last_(range.last()), remembered_(std::move(remembered)) {
  std::erase_if(remembered_, [&](const auto& entry) { return !range.contains(entry.second); });
}

std::vector<std::string> AddressPool::update(const std::vector<std::string>& gained,
                                             const std::vector<std::string>& lost) {
  // Gains first, so that a name that only moves between VIPs of a batch keeps its address.
  for (const std::string& name : gained) {
    if (++holdings_[name].uses == 1) waiting_.insert(name);
  }
  for (const std::string& name : lost) drop_use(name);

  std::vector<std::string> served;
  while (!waiting_.empty() && !is_full()) {
    std::string name = std::move(waiting_.extract(waiting_.begin()).value());
    holdings_.find(name)->second.address = take_address(name);
    served.push_back(std::move(name));
  }
  return served;
}

std::optional<common::IpAddress> AddressPool::find(std::string_view name) const {
  const auto holding = holdings_.find(name);
  if (holding == holdings_.end() || !holding->second.address) return std::nullopt;
  return common::IpAddress::v4(*holding->second.address);
}

void AddressPool::drop_use(const std::string& name) {
  const auto holding = holdings_.find(name);
  assert(holding != holdings_.end());
  if (--holding->second.uses > 0) return;
  if (holding->second.address) taken_.erase(*holding->second.address);
  waiting_.erase(name);
  holdings_.erase(holding);
}

/// Precondition: the pool is not full.
std::uint32_t AddressPool::take_address(const std::string& name) {
  if (const auto known = remembered_.find(name); known != remembered_.end()) {
    const std::uint32_t address = known->second.to_v4();
    if (taken_.insert(address).second) return address;
  }
  std::uint32_t address = hashed_within(first_, last_, name);
  while (!taken_.insert(address).second) address = address == last_ ? first_ : address + 1;
  return address;
}

}  // namespace watcher
