#include "dnsd/zone/zone.h"

#include <algorithm>
#include <utility>

namespace dnsd {

Zone::Zone(std::vector<Apex> apexes, Nodes nodes, std::uint64_t generation, bool synced)
    : apexes_(std::move(apexes)),
      nodes_(std::move(nodes)),
      generation_(generation),
      synced_(synced) {
  std::sort(apexes_.begin(), apexes_.end(), [](const Apex& a, const Apex& b) {
    return a.name.size() > b.name.size();
  });
}

const Zone::Apex* Zone::apex_of(std::string_view name) const {
  for (const Apex& apex : apexes_) {
    if (is_at_or_below(name, apex.name)) return &apex;
  }
  return nullptr;
}

}  // namespace dnsd
