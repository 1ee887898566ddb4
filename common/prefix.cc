#include "common/prefix.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "common/parse.h"

namespace common {
namespace {

int bits_of(const IpAddress& address) { return address.is_v4() ? 32 : 128; }

bool bit_at(const IpAddress& address, int index) {
  const auto octet = address.bytes()[static_cast<std::size_t>(index / 8)];
  return (octet >> (7 - index % 8) & 1) != 0;
}

}  // namespace

std::optional<IpPrefix> IpPrefix::parse(std::string_view text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  const auto first = IpAddress::parse(text.substr(0, slash));
  if (!first) return std::nullopt;
  if (slash == text.size()) return IpPrefix{*first, bits_of(*first)};
  const auto length = parse_integer<int>(text.substr(slash + 1));
  if (!length || *length < 0 || *length > bits_of(*first)) return std::nullopt;
  for (int i = *length; i < bits_of(*first); ++i) {
    if (bit_at(*first, i)) return std::nullopt;
  }
  return IpPrefix{*first, *length};
}

std::string IpPrefix::to_string() const {
  if (length == bits_of(first)) return first.to_string();
  return first.to_string() + "/" + std::to_string(length);
}

IpPrefix IpPrefix::around(const IpAddress& address, int length) {
  std::array<std::uint8_t, 16> octets{};
  std::copy(address.bytes().begin(), address.bytes().end(), octets.begin());
  for (int i = length; i < bits_of(address); ++i) {
    octets[static_cast<std::size_t>(i / 8)] &= static_cast<std::uint8_t>(~(0x80U >> (i % 8)));
  }
  if (address.is_v6()) return {IpAddress::v6(octets), length};
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < 4; ++i) bits = bits << 8 | octets[i];
  return {IpAddress::v4(bits), length};
}

bool IpPrefix::contains(const IpAddress& address) const {
  if (address.is_v4() != first.is_v4()) return false;
  const auto whole = static_cast<std::size_t>(length / 8);
  if (std::memcmp(address.bytes().data(), first.bytes().data(), whole) != 0) return false;
  for (int i = length / 8 * 8; i < length; ++i) {
    if (bit_at(address, i) != bit_at(first, i)) return false;
  }
  return true;
}

}  // namespace common
