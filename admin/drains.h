#pragma once

#include <boost/json/fwd.hpp>

#include "common/result.h"
#include "watcher/catalog/catalog.h"

/// What the operator drains, in JSON.
namespace admin {

/// {"task": ID}, {"agent": NAME, ID or ADDRESS} or {"endpoint": "ADDRESS:PORT"}.
common::Expected<watcher::Drain> read_drain_of(const boost::json::object& body);

/// {"generation", "drains": [as above]}
boost::json::object describe_drains(const watcher::Snapshot& snapshot);

/// {"generation", "drain", "backends": [{"vip", "endpoint", "task", "app", "state"}], "unserved":
/// [vip]}: the backends that the drain is about, and those of their VIPs that nobody serves any
/// more. Cost: all tasks, and the backends of all VIPs.
boost::json::object describe_drained(const watcher::Drain& drain,
                                     const watcher::Snapshot& snapshot);

}  // namespace admin
