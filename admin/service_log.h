#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "admin/services.h"

namespace admin {

/// Remembers of each service in which generation it last changed, so that whoever knows an older
/// state can be told what is different since, however long ago that was. Pure; one thread.
///
/// Nothing is kept per change: a service that changes a thousand times takes no more memory than
/// one that never did. Of services that have gone the newest `most_gone` are remembered, and what
/// is older than the last one forgotten cannot be told from; nor can what was known before every
/// source had spoken, as what it lacked may have been there.
class ServiceLog {
 public:
  static constexpr std::size_t kMostGone = 10'000;
  explicit ServiceLog(std::size_t most_gone = kMostGone) : most_gone_(most_gone) {}

  /// Takes over a newer snapshot, or any as the first. Generations in between are never seen.
  /// Cost: the tasks and VIPs that changed, and the backends of these VIPs; never the catalog.
  void follow(std::shared_ptr<const watcher::Snapshot> next);

  std::uint64_t generation() const { return snapshot_ ? snapshot_->generation : 0; }
  bool synced() const { return snapshot_ && snapshot_->synced; }
  const std::map<ServiceId, Service>& services() const { return services_; }

  /// Can it be told what changed since that generation?
  bool remembers(std::uint64_t generation) const;

  struct Changes {
    std::vector<std::map<ServiceId, Service>::const_iterator> changed;  // In order of time.
    std::vector<ServiceId> removed;
  };
  /// Precondition: remembers(generation). Valid until follow(). Cost: what changed since.
  Changes since(std::uint64_t generation) const;

  std::uint64_t work() const { return work_; }  // Steps so far, for the test of the cost.

 private:
  /// Who changes during follow(); finds services by where their texts are before by what they say.
  class Touched {
   public:
    explicit Touched(std::map<ServiceId, Service>& services) : services_(services) {}
    Service& at(const ServiceId& id);
    const std::set<ServiceId>& ids() const { return ids_; }

   private:
    using Texts = std::pair<const std::string*, const std::string*>;
    struct Hash {
      std::size_t operator()(const Texts& texts) const;
    };

    std::map<ServiceId, Service>& services_;
    std::set<ServiceId> ids_;
    std::unordered_map<Texts, Service*, Hash> met_;
  };
  using Dated = std::pair<std::uint64_t, ServiceId>;

  void follow_tasks(const watcher::Snapshot& before, const watcher::Snapshot& next, Touched&);
  void follow_vips(const watcher::Snapshot& before, const watcher::Snapshot& next, Touched&);
  void detach(const watcher::Vip& vip, const watcher::Snapshot& from, Touched&);
  void attach(const watcher::VipPtr& vip, const watcher::Snapshot& from, Touched&);
  void settle(const ServiceId& id, std::uint64_t generation);
  void forget_oldest();

  std::size_t most_gone_;
  std::shared_ptr<const watcher::Snapshot> snapshot_;
  std::map<ServiceId, Service> services_;
  std::set<Dated> by_change_;  // Of all services.
  std::map<ServiceId, std::uint64_t> gone_;
  std::set<Dated> by_end_;              // Of all that are gone.
  std::set<watcher::VipId> regrouped_;  // During follow(): VIPs of tasks that changed their app.
  std::uint64_t oldest_ = 0;            // Nothing is known of what went before that.
  std::uint64_t work_ = 0;
};

}  // namespace admin
