#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

#include "common/hash.h"
#include "common/ip.h"
#include "common/persistent_map.h"
#include "config/check.h"
#include "watcher/task.h"

namespace watcher {

/// An endpoint as a VIP has it, and how it is checked: what one series of checks is about.
struct CheckedEndpoint {
  common::SocketAddress endpoint;
  Protocol protocol = Protocol::Tcp;
  config::SharedCheck check;

  friend auto operator<=>(const CheckedEndpoint&, const CheckedEndpoint&) = default;

  struct Hash {
    std::size_t operator()(const CheckedEndpoint& of) const noexcept {
      return common::mix(2 * std::hash<common::SocketAddress>{}(of.endpoint) +
                         static_cast<std::size_t>(of.protocol));
    }
  };
};

/// Why the checks of an endpoint do not pass.
struct CheckFailure {
  std::string why;                              // Of the last one, for people.
  std::chrono::steady_clock::time_point since;  // The first of them in a row.
};

/// Those of all endpoints whose last check did not pass.
using CheckFailures = common::PersistentMap<CheckedEndpoint, CheckFailure, CheckedEndpoint::Hash>;

}  // namespace watcher
