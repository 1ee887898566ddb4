#pragma once

#include "dnsd/query/query.h"
#include "dnsd/query/reply.h"
#include "dnsd/query/respond.h"

namespace dnsd {

/// Answers a question of the Internet class from our zones: RFC 1034 section 4.3.2 from its step 2.
/// There is no recursion, no wildcard and no delegation. Doesn't allocate.
Rcode answer(const Query& query, const Zone& zone, const RespondOptions& options, Reply& reply);

}  // namespace dnsd
