#pragma once

#include <cstddef>

#include "dnsd/query/respond.h"
#include "dnsd/wire/writer.h"
#include "dnsd/zone/zone.h"

namespace dnsd {

/// Adds the addresses of names inside the answers, which start at `answers_start`: RFC 2782 for the
/// targets of SRV, RFC 1035 section 3.3.11 for name servers. As many whole sets as fit.
void add_additional(const Zone& zone,
                    std::size_t answers_start,
                    const AnswerStyle& style,
                    MessageWriter& out);

}  // namespace dnsd
