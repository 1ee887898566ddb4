#pragma once

#include <span>

#include "dnsd/query/query.h"
#include "dnsd/zone/zone.h"

namespace dnsd {

/// Brings into the caches what respond() will look up for these queries: the zone of a large
/// cluster is larger than they are, and of many messages the waits for memory overlap. A hint: it
/// changes no answer.
void prefetch(std::span<const Query> queries, const Zone& zone);

}  // namespace dnsd
