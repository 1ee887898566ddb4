#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dnsd/zone/zone.h"

namespace dnsd {

/// The names that stand at aliases, and so in no snapshot, for as long as records bear them.
using AliasNames = std::deque<std::string>;

/// A record on its way to a secondary; points into a zone, or its owner into AliasNames.
struct ZoneRecord {
  std::string_view owner;                // Wire form.
  std::span<const std::uint8_t> octets;  // As of RrSet::records(): its owner is to be replaced.
};

/// The published records of one DNS zone, without its SOA; of each RRset at most `most` (0: all).
/// What lies at aliases is written out there, but for NS records: for a secondary those would be
/// delegations.
std::vector<ZoneRecord> records_of(const Zone& zone,
                                   const Zone::Apex& apex,
                                   std::size_t most,
                                   AliasNames& names);

/// How one snapshot of a zone became another. Points into both.
struct Difference {
  std::vector<ZoneRecord> gone;
  std::vector<ZoneRecord> added;
};
/// Cost: follows the change, as snapshots share what is equal.
Difference difference(const Zone& before,
                      const Zone& after,
                      const Zone::Apex& apex,
                      std::size_t most,
                      AliasNames& names);

}  // namespace dnsd
