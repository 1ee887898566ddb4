#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dnsd/wire/types.h"
#include "dnsd/zone/zone.h"

namespace dnsd {

enum class Transport : std::uint8_t { Udp, Tcp };

struct RespondOptions {
  Transport transport = Transport::Udp;
  std::uint16_t udp_payload = 1232;  // The most we send over UDP, RFC 9715.
  std::uint32_t rotation = 0;        // Any number; members of an RRset start there.
};

struct Response {
  std::size_t size = 0;  // Octets written; 0: stay silent.
  Rcode rcode = Rcode::NoError;
  bool truncated = false;
};

/// Answers one message: parses, looks up, writes. Pure; doesn't allocate when the name is found.
/// `out` must hold 65535 octets for TCP and udp_payload (at least 512) for UDP.
Response respond(std::span<const std::uint8_t> request,
                 const Zone& zone,
                 const RespondOptions& options,
                 std::span<std::uint8_t> out);

}  // namespace dnsd
