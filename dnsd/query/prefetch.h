#pragma once

#include <span>

#include "dnsd/query/query.h"
#include "dnsd/zone/zone.h"

namespace dnsd {

/// Brings into the caches what respond() will look up for these queries: the names they ask for,
/// then the targets of SRV records at those. The zone of a large cluster is larger than the caches,
/// and of many names the waits for memory overlap. A hint: it changes no answer.
void prefetch(std::span<const Query> queries, const Zone& zone);

}  // namespace dnsd
