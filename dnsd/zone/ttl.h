#pragma once

#include <cstdint>
#include <limits>

#include "watcher/task.h"

namespace dnsd {

class Contribution;

/// In place of a TTL: that of the zone, dns.ttl.
inline constexpr std::uint32_t kZoneTtl = std::numeric_limits<std::uint32_t>::max();

/// What the app's label SIGNPOST_DNS_TTL says, in seconds from 0 to 86400; kZoneTtl without one, or
/// with one that makes no sense, which is a Problem.
std::uint32_t ttl_of(const watcher::Task& task, Contribution& out);

}  // namespace dnsd
