#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "common/ip.h"
#include "dnsd/query/siphash.h"

namespace dnsd {

/// A COOKIE option as it goes back: the client's eight octets and our sixteen.
using CookieOption = std::array<std::uint8_t, 24>;

/// Makes and checks DNS cookies (RFC 7873) in the form all servers share (RFC 9018), so that any
/// server of one name that holds the same secret takes them. Keeps nothing per client. Pure.
class CookieJar {
 public:
  /// `previous`: a secret whose cookies are taken still.
  explicit CookieJar(const SipKey& secret, std::optional<SipKey> previous = std::nullopt)
      : secret_(secret), previous_(previous) {}

  /// A fresh cookie for a client. `sent` is its COOKIE option, of 8 or 16 to 40 octets; `now_s` is
  /// the time in seconds since 1970, cut to 32 bits.
  CookieOption bake(std::span<const std::uint8_t> sent,
                    const common::IpAddress& client,
                    std::uint32_t now_s) const;
  /// Is what the client sent a cookie that we, or a server like us, gave to its address lately?
  /// Then the address is not forged.
  bool is_ours(std::span<const std::uint8_t> sent,
               const common::IpAddress& client,
               std::uint32_t now_s) const;

 private:
  SipKey secret_;
  std::optional<SipKey> previous_;
};

}  // namespace dnsd
