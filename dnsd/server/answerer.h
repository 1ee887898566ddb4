#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "common/hash.h"
#include "common/published.h"
#include "dnsd/query/respond.h"
#include "dnsd/server/counters.h"

namespace dnsd {

/// Answers messages for one worker: its view of the zone, its rotation, its counts. Built and used
/// on the worker's thread.
class Answerer {
 public:
  Answerer(const common::Published<Zone>& zone, std::uint16_t udp_payload, Counters& counters);

  /// Answers from the newest zone and counts it. Returns the octets written to `out` (sized as
  /// respond() asks), 0 for silence.
  std::size_t answer(std::span<const std::uint8_t> request,
                     Transport transport,
                     std::span<std::uint8_t> out);

 private:
  std::uint32_t next_rotation() { return static_cast<std::uint32_t>(common::mix(++rotation_)); }

  common::Published<Zone>::Reader zone_;
  const std::uint16_t udp_payload_;
  std::uint64_t rotation_;  // A counter from a random start; mix() makes it a generator.
  Counters& counters_;
};

}  // namespace dnsd
