#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dnsd/zone/zone.h"

namespace dnsd {

/// A record on its way to a secondary; points into a zone.
struct ZoneRecord {
  std::string_view owner;                // Wire form.
  std::span<const std::uint8_t> octets;  // As of RrSet::records(): its owner is to be replaced.
};

/// The published records of one DNS zone, without its SOA; of each RRset at most `most` (0: all).
std::vector<ZoneRecord> records_of(const Zone& zone, const Zone::Apex& apex, std::size_t most);

/// How one snapshot of a zone became another. Points into both.
struct Difference {
  std::vector<ZoneRecord> gone;
  std::vector<ZoneRecord> added;
};
/// Cost: follows the change, as snapshots share what is equal.
Difference difference(const Zone& before,
                      const Zone& after,
                      const Zone::Apex& apex,
                      std::size_t most);

}  // namespace dnsd
