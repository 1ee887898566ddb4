#pragma once

#include <cstdint>
#include <span>

#include "dnsd/zone/zone.h"

namespace dnsd {

/// Brings into the caches what respond() will look up for these messages: the zone of a large
/// cluster is larger than they are, and of many messages the waits for memory overlap. A hint: it
/// changes no answer, and skips what it does not understand.
void prefetch(std::span<const std::span<const std::uint8_t>> messages, const Zone& zone);

}  // namespace dnsd
