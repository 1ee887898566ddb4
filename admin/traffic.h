#pragma once

#include <boost/json/value.hpp>
#include <chrono>
#include <vector>

#include "vipd/table/traffic.h"

namespace admin {

/// {"seconds", "vips": [{"id", "connections", "open", "bytes_upstream", "bytes_downstream",
/// "failures", "pools": [{"pool", ..., "backends": [{"backend", ...}]}]}]}. All but open count from
/// the start; rates are the differences of two answers by those of their seconds, on a clock of
/// ours.
boost::json::value describe_traffic(const std::vector<vipd::VipTraffic>& vips,
                                    std::chrono::steady_clock::time_point now);

}  // namespace admin
