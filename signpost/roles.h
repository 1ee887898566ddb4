#pragma once

#include <functional>
#include <memory>

#include "common/metrics.h"
#include "common/result.h"
#include "config/settings.h"
#include "minimarathon/minimarathon.h"
#include "signpost/handover/bundle.h"

namespace signpost {

/// Which parts of Signpost this process is. The watcher and the admin pages always belong to it.
struct Roles {
  bool dns = true;
  bool vips = true;
  bool marathon = false;  // The embedded Marathon too, which is then the one that is followed.
};

/// Everything that was started, ended in reverse order when it dies.
///
/// One passes to the next, in this process or another, in these steps: the next is made of what the
/// old one knows, while that serves on; the old one gives away all it serves; the next binds what
/// is new and, when nothing can fail any more, serves. Until then the old one can prepare() and
/// serve() again what it gave away. Meanwhile nobody accepts, but the kernel keeps who comes.
class Running {
 public:
  virtual ~Running() = default;
  virtual bool synced() const = 0;         // Every source has delivered a full state.
  virtual bool owns_vip_pool() const = 0;  // False: VIPs come from vip.fallback_pool.

  /// Binds and checks all that serve() needs. Errors name the option; `from` is left as it is.
  virtual common::Expected<void> prepare(const handover::Bundle& from) = 0;
  virtual void serve(handover::Bundle from) = 0;

  virtual handover::Knowledge knowledge() const = 0;
  /// From now on nothing is changed through the API: the next one would not know.
  virtual void lock() = 0;
  virtual void unlock() = 0;
  /// Stops, but for requests and queries under way; they end with this.
  virtual handover::Bundle hand_over() = 0;
  /// Whether hand_over() left clients here who have not had all of their answers yet.
  virtual bool owes() const = 0;
  /// The embedded Marathon, if there is one, goes from one to the next as it is.
  virtual std::unique_ptr<minimarathon::MiniMarathon> release_marathon() = 0;
  virtual void attach(std::unique_ptr<minimarathon::MiniMarathon> marathon) = 0;

  virtual void drain() = 0;  // Takes no more clients of TCP VIPs.
  virtual std::size_t busy()
      const = 0;  // Their sessions that are still open; of use after drain().
};

/// More figures for /metrics, from whoever outlives the roles.
using Figures = std::function<void(common::MetricsPage&)>;

/// Makes the roles, and binds nothing yet. `before`: what the run before knew; null: what
/// state.path says. Errors are those of the embedded Marathon.
common::Expected<std::unique_ptr<Running>> make(
    const config::Settings& settings,
    Roles roles,
    const handover::Knowledge* before = nullptr,
    std::unique_ptr<minimarathon::MiniMarathon> marathon = nullptr,
    Figures more = {});

/// Starts the roles anew. Errors name the address in use, or the privilege missing, and the option.
common::Expected<std::unique_ptr<Running>> start(const config::Settings& settings, Roles roles);

/// Blocks SIGINT and SIGTERM for the calling thread and all it will start; call first in main.
/// A broken pipe is an error code here, never a signal.
void hold_signals();
/// Returns once one of the two came.
void wait_for_signal();

}  // namespace signpost
