#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dnsd/wire/types.h"
#include "dnsd/zone/rank.h"
#include "dnsd/zone/zone.h"
#include "dnsd/zone/zone_builder.h"
#include "watcher/catalog/catalog.h"

namespace dnsd {

/// Where one record of a name comes from.
struct Origin {
  std::string_view scheme = {};  // Its key in dns.schemes, or "dns.records".
  std::string domain = {};       // Where the scheme stands, as text.
  RrType type{};
  std::string rdata = {};
  bool passing = true;
  std::uint32_t ttl_s = kZoneTtl;
  Rank rank = Rank::Elsewhere;
  /// False for a task that has no names in its state; then the zone has no such record of it.
  bool named = true;

  // Who gives it; none of them for what stands whatever runs.
  watcher::TaskPtr task = {};
  watcher::VipPtr vip = {};
  std::string source = {};  // Of masters, agents and frameworks.
};

/// All that stands behind a name in wire form and lower case, made anew by the schemes that can
/// have made it. Pure.
/// Cost: a glance at every task, and the names of those that are called so; all VIPs.
std::vector<Origin> find_origins(std::string_view name,
                                 const watcher::Snapshot& snapshot,
                                 const ZoneOptions& options);

/// The names that a name is taken for one after another, by the aliases of the zones. Empty when it
/// has a node of its own, or no alias holds it.
std::vector<std::string> follow_aliases(const Zone& zone, std::string_view name);

}  // namespace dnsd
