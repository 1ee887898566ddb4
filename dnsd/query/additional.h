#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "dnsd/query/respond.h"
#include "dnsd/wire/writer.h"
#include "dnsd/zone/zone.h"

namespace dnsd {

/// May there be records that name hosts, whose addresses the client will want next?
bool leads_to_names(RrType asked);

/// The name that a record of an RRset leads to; empty for types that lead to none.
std::string_view target_of(std::span<const std::uint8_t> record, RrType type);

/// Adds the addresses of names inside the answers, which start at `answers_start`: RFC 2782 for the
/// targets of SRV, RFC 1035 section 3.3.11 for name servers. As many whole sets as fit.
void add_additional(const Query& query,
                    const Zone& zone,
                    std::size_t answers_start,
                    const AnswerStyle& style,
                    MessageWriter& out);

}  // namespace dnsd
