#include "dnsd/zone/rank.h"

#include "dnsd/zone/weight.h"
#include "watcher/locality.h"

namespace dnsd {

Rank rank_of(const watcher::Task& task, const config::Node& host, config::PreferLocal preferred) {
  if (drains(task)) return Rank::Draining;
  switch (watcher::preference(task, host, preferred)) {
    case watcher::Nearness::Agent:
      return Rank::Agent;
    case watcher::Nearness::Zone:
      return Rank::Zone;
    case watcher::Nearness::Elsewhere:
      break;
  }
  return Rank::Elsewhere;
}

}  // namespace dnsd
