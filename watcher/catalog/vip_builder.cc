#include "watcher/catalog/vip_builder.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

namespace watcher {
namespace {

void append(std::vector<Backend>& backends, std::vector<Backend> more) {
  std::move(more.begin(), more.end(), std::back_inserter(backends));
}

void assign_weights(std::vector<Backend>& backends, const Shares& shares) {
  for (Backend& backend : backends) {
    const auto given = shares.pools.find(*backend.app);
    const bool any = given != shares.pools.end();
    backend.assigned_weight = any ? std::optional(given->second) : std::nullopt;
    backend.at_rest = any && given->second == 0 ? shares.at_rest : config::DrainRule{};
  }
}

/// A task may name a VIP twice, but counts as one backend per endpoint.
void sort_unique(std::vector<Backend>& backends) {
  std::sort(backends.begin(), backends.end());
  backends.erase(std::unique(backends.begin(), backends.end()), backends.end());
}

}  // namespace

VipBuilder::VipBuilder(VipRules rules)
    : rules_(std::move(rules)), pool_(rules_.pool, std::move(rules_.remembered)) {}

VipBuilder::Outcome VipBuilder::apply(std::span<const TaskChange> tasks) {
  Edits edits;
  Outcome outcome;
  // First everything in, then everything out: what only passes from one task to another never
  // counts as gone.
  for (const TaskChange& change : tasks) {
    if (change.after) admit(*change.after, edits, outcome.problems);
  }
  for (const TaskChange& change : tasks) {
    if (change.before) retract(*change.before, edits);
  }
  assign_addresses(edits);
  for (auto& [id, edit] : edits) {
    if (auto change = carry_out(id, edit, outcome.problems)) {
      outcome.vips.push_back(std::move(*change));
    }
  }
  return outcome;
}

std::optional<VipChange> VipBuilder::weigh(const Weights& weights) {
  const Shares shares{weights.pools, weights.at_rest};
  if (shares.pools.empty()) {
    weights_.erase(weights.vip);
  } else {
    weights_[weights.vip] = shares;
  }
  const auto known = services_.find(weights.vip);
  if (known == services_.end() || !known->second.vip) return std::nullopt;
  Service& service = known->second;
  Vip vip = *service.vip;
  work_ += vip.backends.size();
  assign_weights(vip.backends, shares);
  sort_unique(vip.backends);
  if (vip == *service.vip) return std::nullopt;
  const VipPtr before = std::exchange(service.vip, std::make_shared<const Vip>(std::move(vip)));
  return service.published ? std::optional(VipChange{before, service.vip}) : std::nullopt;
}

std::vector<Backend> VipBuilder::backends_behind(const Binding& binding, const Task& task) const {
  std::vector<Backend> backends = backends_of(task, binding);
  const auto weights = weights_.find(binding.id);
  if (weights != weights_.end()) assign_weights(backends, weights->second);
  return backends;
}

void VipBuilder::admit(const Task& task, Edits& edits, std::vector<Problem>& fresh) {
  Bindings found = read_bindings(task, rules_);
  work_ += 1 + found.bindings.size();
  for (const Binding& binding : found.bindings) {
    Edit& edit = edits[binding.id];
    ++(binding.kind == VipKind::ServicePort ? edit.carriers.by_service_port
                                            : edit.carriers.by_label);
    append(edit.added, backends_behind(binding, task));
  }
  for (Problem& problem : found.problems) {
    if (++problems_[problem] == 1) fresh.push_back(std::move(problem));
  }
}

void VipBuilder::retract(const Task& task, Edits& edits) {
  const Bindings found = read_bindings(task, rules_);
  work_ += 1 + found.bindings.size();
  for (const Binding& binding : found.bindings) {
    Edit& edit = edits[binding.id];
    --(binding.kind == VipKind::ServicePort ? edit.carriers.by_service_port
                                            : edit.carriers.by_label);
    append(edit.removed, backends_behind(binding, task));
  }
  for (const Problem& problem : found.problems) {
    const auto known = problems_.find(problem);
    if (--known->second == 0) problems_.erase(known);
  }
}

/// Names whose first VIP comes or whose last VIP goes take or leave an address. A name that waited
/// for one may get it now: its VIPs join the edits.
void VipBuilder::assign_addresses(Edits& edits) {
  std::vector<std::string> gained;
  std::vector<std::string> lost;
  for (const auto& [id, edit] : edits) {
    if (id.name.empty()) continue;
    const auto service = services_.find(id);
    const std::int64_t before = service == services_.end() ? 0 : service->second.carriers.total();
    const std::int64_t after = before + edit.carriers.total();
    if (before == 0 && after > 0) gained.push_back(id.name);
    if (before > 0 && after == 0) lost.push_back(id.name);
  }
  for (const std::string& name : pool_.update(gained, lost)) revisit(name, edits);
}

void VipBuilder::revisit(const std::string& name, Edits& edits) {
  // The least id of that name; all others follow.
  for (auto service = services_.lower_bound(VipId{.name = name, .address = {}});
       service != services_.end() && service->first.name == name;
       ++service) {
    edits.try_emplace(service->first);
  }
}

std::optional<VipChange> VipBuilder::carry_out(const VipId& id,
                                               Edit& edit,
                                               std::vector<Problem>& fresh) {
  const auto [place, is_new] = services_.try_emplace(id);
  Service& service = place->second;
  service.carriers.add(edit.carriers);
  assert(service.carriers.by_label >= 0 && service.carriers.by_service_port >= 0);
  const VipPtr before = service.published ? service.vip : nullptr;
  if (service.carriers.total() == 0) {
    services_.erase(place);
    return before ? std::optional(VipChange{before, nullptr}) : std::nullopt;
  }

  sort_unique(edit.removed);
  sort_unique(edit.added);
  // Most changes of a task don't touch its backends; then even a large VIP costs nothing.
  if (before && edit.carriers == Carriers{} && edit.removed == edit.added) return std::nullopt;

  Vip vip = build(id, service, edit);
  if (before && *before == vip) return std::nullopt;
  service.vip = std::make_shared<const Vip>(std::move(vip));
  service.published = address_of(id).has_value();
  if (service.published) return VipChange{before, service.vip};
  if (is_new) fresh.push_back(full_pool(id));
  return std::nullopt;
}

Vip VipBuilder::build(const VipId& id, const Service& service, Edit& edit) {
  const VipKind by_label = id.name.empty() ? VipKind::Address : VipKind::Named;
  return {.id = id,
          .kind = service.carriers.by_label > 0 ? by_label : VipKind::ServicePort,
          .address = address_of(id).value_or(IpAddress{}),
          .backends = edited(service, edit)};
}

/// The service's backends with the edit carried out. Precondition: the edit's lists are sorted.
std::vector<Backend> VipBuilder::edited(const Service& service, Edit& edit) {
  std::vector<Backend> kept;
  if (service.vip) {
    work_ += service.vip->backends.size();
    std::set_difference(service.vip->backends.begin(),
                        service.vip->backends.end(),
                        edit.removed.begin(),
                        edit.removed.end(),
                        std::back_inserter(kept));
  }
  std::vector<Backend> backends;
  backends.reserve(kept.size() + edit.added.size());
  std::merge(std::make_move_iterator(kept.begin()),
             std::make_move_iterator(kept.end()),
             std::make_move_iterator(edit.added.begin()),
             std::make_move_iterator(edit.added.end()),
             std::back_inserter(backends));
  return backends;
}

std::optional<IpAddress> VipBuilder::address_of(const VipId& id) const {
  if (id.name.empty()) return id.address;
  return pool_.find(id.name);
}

Problem VipBuilder::full_pool(const VipId& id) const {
  return {.app = {},
          .port = {},
          .label = {},
          .value = id.to_string(),
          .reason = "no address is left in " + rules_.pool.to_string() +
                    "; widen vip.pool, or vip.fallback_pool if that is in use"};
}

}  // namespace watcher
