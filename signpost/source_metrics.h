#pragma once

#include <chrono>
#include <vector>

#include "common/metrics.h"
#include "watcher/source.h"

namespace signpost {

double seconds_since(std::chrono::steady_clock::time_point then);

/// Where the sources stand, for /metrics.
void describe_sources(const std::vector<watcher::SourceStatus>& statuses,
                      common::MetricsPage& page);

}  // namespace signpost
