#pragma once

#include "config/settings.h"
#include "watcher/task.h"

namespace watcher {

/// How far a task is from a host; the nearest first.
enum class Nearness : std::uint8_t {
  Agent,  // On the host itself.
  Zone,   // In its zone.
  Elsewhere,
};

/// Pure. A task is on the host if one of its agent's addresses is the host's, and in its zone if
/// both regions and zones are the same; where the host knows none of its region, the zone decides.
/// A host without a zone is in nobody's. `host.addresses` are all it has: signpost/roles.cc fills
/// in those of its interfaces where none are configured.
Nearness nearness(const Task& task, const config::Node& host);

/// Which tasks are preferred to others by `dns.prefer_local` and `vip.prefer_local`: of two, the
/// one with the lower rank, while any of them passes; those of one rank are alike.
Nearness preference(const Task& task, const config::Node& host, config::PreferLocal preferred);

}  // namespace watcher
