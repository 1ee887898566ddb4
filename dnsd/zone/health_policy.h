#pragma once

#include <span>
#include <utility>
#include <vector>

#include "config/settings.h"
#include "dnsd/zone/rrset.h"
#include "watcher/task.h"

namespace dnsd {

/// What `dns.health` means, in one place.
class HealthPolicy {
 public:
  explicit HealthPolicy(config::DnsHealth health) : health_(health) {}

  /// Does the task have names at all? A task that is being killed leaves the DNS at once: clients
  /// that ask now are about to open something new.
  bool has_names(const watcher::Task& task) const {
    if (health_ == config::DnsHealth::Ignore) return task.state == watcher::TaskState::Running;
    return watcher::is_usable(task);
  }
  bool is_passing(const watcher::Task& task) const {
    return health_ == config::DnsHealth::Ignore || watcher::is_passing(task);
  }
  bool is_passing(const watcher::Task& task, const watcher::TaskPort& port) const {
    return health_ == config::DnsHealth::Ignore || watcher::is_passing(task, port);
  }

  /// May members that don't pass be published when none does?
  bool fails_open() const { return health_ != config::DnsHealth::RequirePassing; }

 private:
  config::DnsHealth health_;
};

}  // namespace dnsd
