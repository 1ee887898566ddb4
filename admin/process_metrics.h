#pragma once

#include "common/metrics.h"

namespace admin {

/// The process_* metrics every Prometheus client library gives: CPU, memory, descriptors, start.
void describe_process(common::MetricsPage& page);

}  // namespace admin
