#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "common/ip.h"

namespace vipd {

/// Whose connection it was before other proxies passed it on.
struct ProxiedAddresses {
  common::SocketAddress source;
  common::SocketAddress destination;

  friend bool operator==(const ProxiedAddresses&, const ProxiedAddresses&) = default;
};

/// What stands at the beginning of a stream that ought to begin with a PROXY header.
struct ProxyHeader {
  enum class Status : std::uint8_t { Complete, Partial, Bad };
  Status status = Status::Partial;
  std::size_t length = 0;  // In bytes, when Complete: the stream proper begins behind it.
  /// None when the sender speaks for itself (LOCAL) or doesn't know (UNKNOWN, UNSPEC).
  std::optional<ProxiedAddresses> addresses = {};
};

/// The longest header of version 2 that is taken. The format allows 65551 bytes; what the standard
/// defines fits into a few hundred.
constexpr std::size_t kMaxProxyHeader = 4096;

/// Reads a header of version 1 or 2. Strict about what a sender says, lenient about what it adds:
/// text after UNKNOWN and well-formed TLVs are passed over.
/// Source: "The PROXY protocol", haproxy doc/proxy-protocol.txt, sections 2.1 and 2.2.
ProxyHeader read_proxy_header(std::span<const std::byte> bytes);

/// Room for the longest header we write: version 1 takes at most 107 bytes.
using ProxyHeaderBuffer = std::array<std::byte, 108>;

/// Writes a header into `into`; returns how much of it that is. Where the two addresses are of
/// different families, both are written as IPv6, IPv4 as ::ffff:a.b.c.d.
std::span<const std::byte> write_proxy_v1(const ProxiedAddresses& addresses,
                                          ProxyHeaderBuffer& into);
std::span<const std::byte> write_proxy_v2(const ProxiedAddresses& addresses,
                                          ProxyHeaderBuffer& into);

}  // namespace vipd
