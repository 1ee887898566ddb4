#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/result.h"

namespace common {

/// An IPv4 or IPv6 address: a value of 17 bytes. IPv4-mapped IPv6 text becomes IPv4.
class IpAddress {
 public:
  constexpr IpAddress() = default;  // 0.0.0.0

  static IpAddress v4(std::uint32_t host_order);
  static IpAddress v6(const std::array<std::uint8_t, 16>& bytes);

  /// Strict dotted quad or RFC 4291 text without brackets or zone.
  static std::optional<IpAddress> parse(std::string_view text);

  bool is_v4() const { return !v6_; }
  bool is_v6() const { return v6_; }
  bool is_unspecified() const;  // 0.0.0.0 or ::
  bool is_loopback() const;     // 127.0.0.0/8 or ::1
  bool is_multicast() const;

  /// The address in network order, 4 or 16 bytes. Valid while this object lives.
  std::span<const std::uint8_t> bytes() const { return {bytes_.data(), v6_ ? 16U : 4U}; }
  std::uint32_t to_v4() const;    // Host order. Precondition: is_v4().
  std::string to_string() const;  // RFC 5952

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  bool v6_ = false;
  std::array<std::uint8_t, 16> bytes_{};  // IPv4 uses the first four; the rest stay zero.
};

/// An address and a port: where something listens.
struct SocketAddress {
  IpAddress ip;
  std::uint16_t port = 0;

  /// "127.0.0.1:53" or "[::1]:53".
  static Expected<SocketAddress> parse(std::string_view text);
  static SocketAddress from(const sockaddr_storage& storage);

  std::string to_string() const;
  /// Fills `storage` and returns the length to pass to the kernel.
  socklen_t to_sockaddr(sockaddr_storage& storage) const;

  friend auto operator<=>(const SocketAddress&, const SocketAddress&) = default;
};

/// An IPv4 address range in prefix notation.
struct Ipv4Prefix {
  std::uint32_t first = 0;  // Host order, all host bits zero.
  int length = 32;          // Bits of the prefix, 0 to 32.

  static Expected<Ipv4Prefix> parse(std::string_view text);
  std::uint32_t last() const;  // The broadcast end of the range, host order.
  bool contains(const IpAddress& address) const;
  std::string to_string() const;

  friend auto operator<=>(const Ipv4Prefix&, const Ipv4Prefix&) = default;
};

}  // namespace common

template <>
struct std::hash<common::IpAddress> {
  std::size_t operator()(const common::IpAddress& address) const noexcept;
};

template <>
struct std::hash<common::SocketAddress> {
  std::size_t operator()(const common::SocketAddress& address) const noexcept;
};
