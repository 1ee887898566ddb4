#pragma once

#include <functional>
#include <string>
#include <vector>

#include "watcher/follow/action.h"
#include "watcher/follow/refresh_queue.h"

namespace watcher {

/// Which host names to look up and when: a new one at once, a known one again after ten minutes,
/// one that was not found after five seconds.
class HostLookups {
 public:
  HostLookups();

  void want(const std::vector<std::string>& hosts, TimePoint now);
  /// Adds a Resolve for every host whose time has come; those nobody needs any more are dropped.
  void look_up(TimePoint now,
               const std::function<bool(const std::string& host)>& is_needed,
               std::vector<Action>& actions);
  void answered(const std::string& host, bool found, TimePoint now);

  void forget_idle(TimePoint now) { queue_.forget_idle(now); }
  TimePoint next() const { return queue_.next(); }

 private:
  RefreshQueue queue_;
};

}  // namespace watcher
