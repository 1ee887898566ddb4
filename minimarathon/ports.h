#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <utility>

#include "common/ip.h"

namespace minimarathon {

/// Hands out host ports of an agent from a range, round and round, each tried with a bind (TCP and
/// UDP) before it is given. One whose last server's connections have not all ended comes last: that
/// server may be another Marathon's that still drains.
class PortPool {
 public:
  PortPool(std::uint16_t first, std::uint16_t last) : first_(first), last_(last), next_(first) {}

  /// Empty when no port of the range is free on that agent.
  std::optional<std::uint16_t> take(const common::IpAddress& agent);
  /// A fixed port; false when it is taken.
  bool take(const common::IpAddress& agent, std::uint16_t port);
  void give_back(const common::IpAddress& agent, std::uint16_t port);

 private:
  using Condition = bool(const common::SocketAddress& address);
  std::optional<std::uint16_t> take_next(const common::IpAddress& agent, Condition* holds);
  bool take_if(const common::IpAddress& agent, std::uint16_t port, Condition* holds);

  std::uint16_t first_;
  std::uint16_t last_;
  std::uint16_t next_;
  std::set<std::pair<common::IpAddress, std::uint16_t>> taken_;
};

}  // namespace minimarathon
