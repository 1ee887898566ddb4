#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "dnsd/query/reply.h"
#include "dnsd/query/respond.h"
#include "dnsd/wire/types.h"

namespace dnsd {

/// What an upstream answered to a question, made ready: the records of the answer section and then
/// of the authority section as they stand behind the question. Owners are compressed with pointers
/// to the question and into the records themselves, so whoever asks gets the same octets.
/// Immutable.
struct Resolved {
  struct Record {
    std::uint32_t ttl_at = 0;  // Where its TTL stands in `octets`.
    std::uint32_t end = 0;     // Where the next begins.
  };

  Rcode rcode = Rcode::ServFail;
  std::uint32_t ttl_s = 0;  // How long it may be kept; 0: not at all.
  std::size_t answers = 0;  // So many of the records; the rest is authority.
  std::vector<Record> records;
  std::vector<std::uint8_t> octets;
};

/// What a client is told.
struct ForwardAnswer {
  const Resolved& resolved;
  std::uint32_t ttl_s = 0;  // Of every record: what is left of the shortest.
  std::optional<ExtendedError> error = std::nullopt;
};

/// Writes it behind what `reply` holds: the question alone, or with the aliases that lead from it
/// to the name upstreams were asked for, `reply.outside`. What does not fit is left out, with TC.
Rcode add_resolved(const ForwardAnswer& answer, Reply& reply);

}  // namespace dnsd
