#include "dnsd/forward/routes.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "dnsd/wire/name.h"

namespace dnsd {

ForwardRoutes::ForwardRoutes(const config::Dns& options) {
  for (const config::ForwardZone& zone : options.forward_zones) {
    add(std::string(Name::from_text(zone.domain).value().wire()), zone.upstreams);
  }
  if (!options.forward_to.empty()) add(std::string(Name().wire()), options.forward_to);
  std::stable_sort(routes_.begin(), routes_.end(), [](const Route& a, const Route& b) {
    return a.domain.size() > b.domain.size();
  });
}

const std::vector<std::size_t>* ForwardRoutes::find(std::string_view name) const {
  const auto found = std::find_if(routes_.begin(), routes_.end(), [name](const Route& route) {
    return is_at_or_below(name, route.domain);
  });
  return found == routes_.end() ? nullptr : &found->upstreams;
}

void ForwardRoutes::add(std::string domain, const std::vector<common::SocketAddress>& upstreams) {
  Route route{std::move(domain), {}};
  for (const common::SocketAddress& upstream : upstreams) {
    auto known = std::find(upstreams_.begin(), upstreams_.end(), upstream);
    if (known == upstreams_.end()) known = upstreams_.insert(known, upstream);
    route.upstreams.push_back(static_cast<std::size_t>(std::distance(upstreams_.begin(), known)));
  }
  routes_.push_back(std::move(route));
}

}  // namespace dnsd
