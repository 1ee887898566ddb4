#pragma once

#include <functional>
#include <memory>

#include "common/result.h"
#include "config/settings.h"

namespace signpost {

/// Which parts of Signpost this process is. The watcher and the admin pages always belong to it.
struct Roles {
  bool dns = true;
  bool vips = true;
  bool marathon = false;  // The embedded Marathon too, which is then the one that is followed.
};

/// Everything that was started, ended in reverse order when it dies.
class Running {
 public:
  virtual ~Running() = default;
  virtual bool synced() const = 0;         // Every source has delivered a full state.
  virtual bool owns_vip_pool() const = 0;  // False: VIPs come from vip.fallback_pool.
};

/// Starts the roles. Errors name the address in use, or the privilege missing, and the option.
common::Expected<std::unique_ptr<Running>> start(const config::Settings& settings, Roles roles);

/// Blocks SIGINT and SIGTERM for the calling thread and all it will start; call first in main.
/// A broken pipe is an error code here, never a signal.
void hold_signals();
/// Returns once one of the two came.
void wait_for_signal();

}  // namespace signpost
