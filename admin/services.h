#pragma once

#include <boost/json/value.hpp>

#include "watcher/catalog/catalog.h"

namespace admin {

/// {"generation", "synced", "services": [{"app", "framework", "tasks": […], "vips": […]}]}, sorted
/// by app. Cost follows the size of the catalog.
boost::json::value describe_services(const watcher::Snapshot& snapshot);

}  // namespace admin
