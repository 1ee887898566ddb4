#pragma once

#include "common/result.h"
#include "watcher/catalog/catalog.h"

namespace rollout {

/// The drain as tasks know it: an agent's host name, where Mesos tells it, becomes its id. Pure.
watcher::Drain known_as(const watcher::Drain& drain, const watcher::Snapshot& snapshot);

/// Is there anything that the drain names? Errors: NotFound, with what there is instead. Pure.
/// Cost: a look at every task.
common::Expected<void> find_drained(const watcher::Drain& drain, const watcher::Snapshot& snapshot);

}  // namespace rollout
