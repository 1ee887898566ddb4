#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "dnsd/wire/reader.h"
#include "dnsd/wire/types.h"

namespace dnsd {

/// What the fixed part of an OPT record says (RFC 6891 section 6.1).
struct Edns {
  std::uint16_t udp_payload = 512;  // CLASS: the largest datagram the sender takes.
  std::uint8_t version = 0;
};

/// Reads an OPT record from behind its TYPE field: CLASS, TTL and the options, which are checked
/// for their lengths and otherwise skipped. Nothing when malformed.
std::optional<Edns> parse_opt(Reader& reader);

/// An OPT record without options; flags are clear, since we do not know DNSSEC.
constexpr std::size_t kOptSize = 11;
std::array<std::uint8_t, kOptSize> make_opt(std::uint16_t udp_payload, Rcode rcode);

}  // namespace dnsd
