#pragma once

#include <boost/json/value.hpp>
#include <chrono>
#include <vector>

#include "watcher/catalog/catalog.h"
#include "watcher/source.h"

namespace admin {

/// {"generation", "synced", "restored", "tasks", "vips", "sources": [{"name", "connected",
/// "synced", "heard_seconds_ago", "synced_seconds_ago", "events", "rejected", "resyncs",
/// "reconnects", "last_error"}]}; ages are null until there is one.
boost::json::value describe_sources(const watcher::Snapshot& snapshot,
                                    const std::vector<watcher::SourceStatus>& sources,
                                    std::chrono::steady_clock::time_point now);

}  // namespace admin
