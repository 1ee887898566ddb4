#pragma once

#include <cstdint>
#include <optional>

#include "dnsd/wire/reader.h"
#include "dnsd/wire/types.h"

namespace dnsd {

/// The first twelve octets of a message (RFC 1035 section 4.1.1), taken apart.
struct Header {
  static constexpr std::size_t kSize = 12;

  std::uint16_t id = 0;
  bool response = false;             // QR
  Opcode opcode = Opcode::Query;     // Any of the sixteen values.
  bool authoritative = false;        // AA
  bool truncated = false;            // TC
  bool recursion_desired = false;    // RD
  bool recursion_available = false;  // RA
  Rcode rcode = Rcode::NoError;      // The low four bits; the rest travel in the OPT record.
  std::uint16_t questions = 0;
  std::uint16_t answers = 0;
  std::uint16_t authorities = 0;
  std::uint16_t additionals = 0;

  static std::optional<Header> parse(Reader& reader);
  /// As parse(), into this one. False, and no change, when the message is too short.
  bool read(Reader& reader);
  /// The third and fourth octet. Z, AD and CD are never set: we know no DNSSEC.
  std::uint16_t flags() const;
};

}  // namespace dnsd
