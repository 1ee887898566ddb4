#pragma once

#include <optional>

#include "common/ip.h"
#include "common/result.h"

namespace vipd {

/// Makes every address of a range local to this host (AnyIP: `ip route add local RANGE dev lo`), so
/// that VIPs can be listened on without an interface each. Removes what it added when it dies; a
/// route that was there before is left alone.
class LocalRoute {
 public:
  /// NotPermitted without CAP_NET_ADMIN.
  static common::Expected<LocalRoute> add(const common::Ipv4Prefix& range);
  LocalRoute(LocalRoute&& other) noexcept;
  LocalRoute& operator=(LocalRoute&& other) noexcept;
  ~LocalRoute();

  /// Leaves it to somebody else to remove what this added; nothing when it was there before.
  std::optional<common::Ipv4Prefix> release();
  /// Takes it upon itself to remove a route that somebody else had added.
  static LocalRoute taken_over(const common::Ipv4Prefix& range) { return LocalRoute(range, true); }

 private:
  explicit LocalRoute(const common::Ipv4Prefix& range, bool added) : range_(range), added_(added) {}

  common::Ipv4Prefix range_;
  bool added_ = false;
};

}  // namespace vipd
