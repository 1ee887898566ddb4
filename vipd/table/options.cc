#include "vipd/table/options.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace vipd {

using std::chrono::milliseconds;

namespace {

/// The wish for `option` of the first app by name that has one.
template <class T>
std::optional<T> first_wish(const watcher::Vip& vip,
                            std::optional<T> watcher::PortOptions::*option) {
  const watcher::Backend* first = nullptr;
  for (const watcher::Backend& backend : vip.backends) {
    if (backend.options.*option && (first == nullptr || backend.app < first->app)) first = &backend;
  }
  return first == nullptr ? std::nullopt : first->options.*option;
}

}  // namespace

Balancer::Options balancing_of(const watcher::Vip& vip,
                               const config::Vip& defaults,
                               std::uint64_t seed) {
  return {.balance = first_wish(vip, &watcher::PortOptions::balance).value_or(defaults.balance),
          .panic_threshold = defaults.panic_threshold,
          .max_ejected = defaults.max_ejected_percent,
          // Of a UDP port, connecting tells nothing.
          .comes_back = vip.id.protocol == watcher::Protocol::Udp ? Balancer::Return::ByTime
                                                                  : Balancer::Return::ByCheck,
          .slow_start = defaults.slow_start,
          .limit = static_cast<std::size_t>(defaults.backend_connections),
          .seed = seed};
}

bool accepts_proxy_header(const watcher::Vip& vip) {
  return first_wish(vip, &watcher::PortOptions::accept_proxy).value_or(false);
}

std::vector<std::string> server_names_of(const watcher::Vip& vip, const config::Vip& options) {
  std::set<std::string> names;
  if (vip.id.protocol != watcher::Protocol::Tcp) return {};
  for (const watcher::Backend& backend : vip.backends) {
    std::string_view rest = *backend.options.server_names;
    while (!rest.empty()) {
      const std::string_view name = rest.substr(0, rest.find(','));
      names.emplace(name);
      rest.remove_prefix(std::min(name.size() + 1, rest.size()));
    }
  }
  for (const auto& [name, target] : options.sni_routes) {
    if (target + "/tcp" == vip.id.to_string()) names.insert(name);
  }
  return {names.begin(), names.end()};
}

std::optional<milliseconds> drain_limit(const Target& target, const config::Vip& defaults) {
  if (target.leaving == Target::Leaving::AtRest) {
    if (target.at_rest.what == config::Drain::Close) return milliseconds(0);
    if (target.at_rest.limit) return target.at_rest.limit;
  }
  switch (target.options.drain.value_or(defaults.drain)) {
    case config::Drain::Keep:
      return std::nullopt;
    case config::Drain::Close:
      return milliseconds(0);
    case config::Drain::Wait:
      break;
  }
  if (target.options.drain_timeout) return target.options.drain_timeout;
  return std::max(defaults.drain_timeout, target.drain);
}

}  // namespace vipd
