#pragma once

#include <cstdint>
#include <memory>

#include "common/result.h"
#include "config/settings.h"

namespace minimarathon {

/// An embedded Marathon: the REST API and event bus of a 1.8-era leader over local processes.
/// Runs on a thread and io_context of its own and is reached only through its HTTP port.
class MiniMarathon {
 public:
  /// Listens and starts the thread. Errors name the option to change.
  static common::Expected<std::unique_ptr<MiniMarathon>> start(
      const config::EmbeddedMarathon& options);
  virtual ~MiniMarathon() = default;  // Kills every task (SIGKILL to its process group), joins.

  virtual std::uint16_t port() const = 0;  // Of use with port 0.
};

}  // namespace minimarathon
