#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "watcher/catalog/change.h"
#include "watcher/update.h"
#include "watcher/vips/address_pool.h"
#include "watcher/vips/bindings.h"

namespace watcher {

/// Derives VIPs from tasks: who carries which, where it listens, what stands behind it. Pure.
///
/// A VIP exists while a task carries it, even one that is only starting. What a task contributes
/// follows from the task alone, so a change is what its old self gave taken out and what its new
/// self gives put in; nothing per task is kept.
class VipBuilder {
 public:
  explicit VipBuilder(VipRules rules);

  struct Outcome {
    std::vector<VipChange> vips;    // Sorted by id.
    std::vector<Problem> problems;  // New ones.
  };
  /// Takes in one batch. Cost: proportional to the tasks in it and to the backends of their VIPs.
  Outcome apply(std::span<const TaskChange> tasks);
  /// The operator gives the pools of a VIP their shares; none: labels decide again. Holds for as
  /// long as it is not told otherwise, also for tasks that come later. Cost: its backends.
  std::optional<VipChange> weigh(const Weights& weights);

  std::uint64_t work() const { return work_; }

 private:
  /// How often tasks carry a VIP; a label outranks a service port at the same address.
  struct Carriers {
    std::int64_t by_label = 0;
    std::int64_t by_service_port = 0;

    std::int64_t total() const { return by_label + by_service_port; }
    void add(const Carriers& more) {
      by_label += more.by_label;
      by_service_port += more.by_service_port;
    }
    friend bool operator==(const Carriers&, const Carriers&) = default;
  };
  struct Service {
    Carriers carriers;
    VipPtr vip;              // Null until built.
    bool published = false;  // False while a named VIP waits for an address.
  };
  /// What a batch does to one VIP.
  struct Edit {
    Carriers carriers;             // To be added; may be negative.
    std::vector<Backend> removed;  // Exactly as they stand in the VIP.
    std::vector<Backend> added;
  };
  using Edits = std::map<VipId, Edit>;

  std::vector<Backend> backends_behind(const Binding& binding, const Task& task) const;
  void admit(const Task& task, Edits& edits, std::vector<Problem>& fresh);
  void retract(const Task& task, Edits& edits);
  void assign_addresses(Edits& edits);
  void revisit(const std::string& name, Edits& edits);
  std::optional<VipChange> carry_out(const VipId& id, Edit& edit, std::vector<Problem>& fresh);
  Vip build(const VipId& id, const Service& service, Edit& edit);
  std::vector<Backend> edited(const Service& service, Edit& edit);
  std::optional<IpAddress> address_of(const VipId& id) const;
  Problem full_pool(const VipId& id) const;

  VipRules rules_;
  AddressPool pool_;
  std::map<VipId, Service> services_;
  std::map<VipId, Shares> weights_;          // Where the operator gave any.
  std::map<Problem, std::size_t> problems_;  // How often tasks have each.
  std::uint64_t work_ = 0;
};

}  // namespace watcher
