#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace dnsd {

/// SipHash-2-4: a keyed hash of short inputs that costs some tens of nanoseconds, and whose results
/// tell nothing of the key. Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF",
/// 2012.
using SipKey = std::array<std::uint8_t, 16>;
std::uint64_t siphash24(const SipKey& key, std::span<const std::uint8_t> octets);

}  // namespace dnsd
