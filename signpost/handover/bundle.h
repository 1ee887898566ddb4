#pragma once

#include <optional>
#include <string>
#include <vector>

#include "admin/server.h"
#include "common/ip.h"
#include "common/unique_fd.h"
#include "dnsd/server/moving.h"
#include "vipd/server/moving.h"
#include "watcher/update.h"

/// How a running Signpost passes to its successor, which is another process or this one with a new
/// configuration.
namespace signpost::handover {

/// What one run knows of the cluster: enough for the next to serve at once, while its own sources
/// still connect. Passed on before anything stops.
struct Knowledge {
  std::string state;                    // As watcher/saved/codec.h has it; may be empty.
  std::vector<watcher::Probed> probed;  // What our own checks found.
};

/// All that is served, taken out of whoever served it.
struct Bundle {
  dnsd::Moving dns;
  vipd::Moving vips;
  admin::Moving admin;
  std::optional<common::Ipv4Prefix> route;  // We added it, and whoever has it takes it away.
};

}  // namespace signpost::handover
