#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/ip.h"
#include "config/settings.h"

namespace dnsd {

/// Which upstreams are for which names. Immutable, shared by all workers.
class ForwardRoutes {
 public:
  ForwardRoutes() = default;
  /// Precondition: the domains are domain names, as the configuration's check says.
  explicit ForwardRoutes(const config::Dns& options);

  bool empty() const { return routes_.empty(); }
  /// The upstreams, by number, of the longest domain at or above a name in wire form and lower
  /// case; null when nobody is for it.
  const std::vector<std::size_t>* find(std::string_view name) const;
  /// Each once, by its number.
  const std::vector<common::SocketAddress>& upstreams() const { return upstreams_; }

 private:
  struct Route {
    std::string domain;  // Wire form, lower case.
    std::vector<std::size_t> upstreams;
  };

  void add(std::string domain, const std::vector<common::SocketAddress>& upstreams);

  std::vector<common::SocketAddress> upstreams_;
  std::vector<Route> routes_;  // Longest domain first.
};

}  // namespace dnsd
