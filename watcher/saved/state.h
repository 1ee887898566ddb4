#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "watcher/catalog/drains.h"
#include "watcher/member.h"
#include "watcher/task.h"
#include "watcher/vips/vip.h"

namespace watcher::saved {

/// What one run leaves to the next.
struct State {
  std::uint64_t generation = 0;
  std::vector<std::string> sources;  // Those that had delivered a full state.
  std::vector<Task> tasks;           // Without what our own checks found: that is found anew.
  std::map<std::string, std::vector<Member>> members;      // By source.
  std::map<std::string, common::IpAddress> vip_addresses;  // Of named VIPs, by their name.
  std::map<VipId, Shares> weights;                         // That the operator gave.
  std::set<Drain> drains;                                  // What the operator drained.
  std::map<std::string, std::string> notes;                // By name.
};

}  // namespace watcher::saved
