#pragma once

#include <cstdint>

#include "config/settings.h"
#include "watcher/task.h"

namespace dnsd {

/// How good a choice a member of an RRset is. Of those that pass, the ones of the first rank that
/// any of them has are published.
enum class Rank : std::uint8_t {
  Agent,      // On this host,
  Zone,       // or in its zone, where dns.prefer_local asks for these.
  Elsewhere,  // Where nothing is said, all are.
  Draining,   // Weight 0, or drained by the operator: takes nothing new while others do.
};

/// Of a task: by where it runs, unless it drains.
Rank rank_of(const watcher::Task& task, const config::Node& host, config::PreferLocal preferred);

}  // namespace dnsd
