#pragma once

#include <boost/json/value.hpp>

#include "rollout/conductor.h"
#include "watcher/catalog/catalog.h"

namespace admin {

/// {"id", "address", "port", "protocol", "pools": [{"pool", "weight", "weight_by", "passing",
/// "failing", "draining"}]}; weight_by is "operator", "label" or "default".
boost::json::value describe_pools(const watcher::Vip& vip);

/// {"generation", "vips": [...]}, sorted by id.
boost::json::value describe_vips(const watcher::Snapshot& snapshot);

/// {"rollouts": [...]}, as rollout::describe() has them.
boost::json::value describe_rollouts(const rollout::Rollouts& rollouts);

}  // namespace admin
