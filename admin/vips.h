#pragma once

#include <boost/json/value.hpp>

#include "rollout/conductor.h"
#include "watcher/catalog/catalog.h"

namespace admin {

/// {"id", "address", "port", "protocol", "pools": [{"pool", "weight", "weight_by", "passing",
/// "failing", "draining"}]}; weight_by is "operator", "label" or "default". A pool that got weight
/// 0 from the operator has "drain", too: what becomes of its connections.
boost::json::value describe_pools(const watcher::Vip& vip);

/// {"generation", "vips": [...], "gone": [{"id", "weights": {pool: number}}]}, sorted by id; gone
/// are VIPs that nothing carries any more and that the operator's weights wait for.
boost::json::value describe_vips(const watcher::Snapshot& snapshot);

/// {"rollouts": [...]}, as rollout::describe() has them.
boost::json::value describe_rollouts(const rollout::Rollouts& rollouts);

}  // namespace admin
