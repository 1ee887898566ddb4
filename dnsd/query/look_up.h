#pragma once

#include <span>
#include <vector>

#include "dnsd/query/query.h"
#include "dnsd/zone/zone.h"

namespace dnsd {

/// Finds what queries ask for, a batch at a time: the nodes of their names, then those of the
/// targets of SRV records there. The zone of a large cluster is larger than the caches, and of many
/// names the waits for memory overlap.
class LookUp {
 public:
  /// Sets `node` and `targets` of each query that is to be answered. They live until the next call,
  /// and no longer than the zone.
  void find(std::span<Query> queries, const Zone& zone);

 private:
  void find_targets(std::span<Query> queries, const Zone& zone);

  std::vector<const Node*> targets_;  // Of all queries of the batch.
};

}  // namespace dnsd
