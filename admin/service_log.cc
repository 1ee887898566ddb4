#include "admin/service_log.h"

#include <algorithm>

namespace admin {
namespace {

using watcher::Snapshot;
using watcher::TaskKey;
using watcher::TaskPtr;
using watcher::VipId;
using watcher::VipPtr;

std::set<ServiceId> services_behind(const watcher::Vip& vip, const Snapshot& snapshot) {
  std::set<ServiceId> services;
  for (const watcher::Backend& backend : vip.backends) {
    const TaskPtr* task = snapshot.tasks.find(backend.task);
    if (task != nullptr) services.insert(ServiceId::of(**task));
  }
  return services;
}

}  // namespace

void ServiceLog::follow(std::shared_ptr<const Snapshot> next) {
  static const Snapshot nothing;
  const Snapshot& before = snapshot_ ? *snapshot_ : nothing;
  if (snapshot_ && next->generation == before.generation) return;
  if (!snapshot_ || before.synced != next->synced) oldest_ = next->generation;
  Touched touched(services_);
  follow_tasks(before, *next, touched);
  follow_vips(before, *next, touched);
  for (const ServiceId& id : touched.ids()) settle(id, next->generation);
  forget_oldest();
  snapshot_ = std::move(next);
}

std::size_t ServiceLog::Touched::Hash::operator()(const Texts& texts) const {
  const std::hash<const std::string*> hash;
  return hash(texts.first) * 31 + hash(texts.second);
}

Service& ServiceLog::Touched::at(const ServiceId& id) {
  Service*& met = met_[{&*id.framework, &*id.app}];
  if (met == nullptr) {
    met = &services_[id];
    ids_.insert(id);
  }
  return *met;
}

void ServiceLog::follow_tasks(const Snapshot& before, const Snapshot& next, Touched& touched) {
  const auto visit = [&](const TaskKey& key, const TaskPtr* was, const TaskPtr* is) {
    ++work_;
    if (was != nullptr) {
      const ServiceId id = ServiceId::of(**was);
      Service& service = touched.at(id);
      service.tasks.erase(key);
      if (is != nullptr && ServiceId::of(**is) != id) {
        for (const auto& [vip, ignored] : service.vips) regrouped_.insert(vip);
      }
    }
    if (is != nullptr) touched.at(ServiceId::of(**is)).tasks[key] = *is;
  };
  watcher::TaskMap::for_each_difference(before.tasks, next.tasks, visit);
}

void ServiceLog::follow_vips(const Snapshot& before, const Snapshot& next, Touched& touched) {
  const auto visit = [&](const VipId& id, const VipPtr* was, const VipPtr* is) {
    regrouped_.erase(id);
    if (was != nullptr) detach(**was, before, touched);
    if (is != nullptr) attach(*is, next, touched);
  };
  common::PersistentMap<VipId, VipPtr>::for_each_difference(before.vips, next.vips, visit);
  for (const VipId& id : std::exchange(regrouped_, {})) {
    const VipPtr* vip = next.vips.find(id);
    if (vip != nullptr) visit(id, vip, vip);
  }
}

void ServiceLog::detach(const watcher::Vip& vip, const Snapshot& from, Touched& touched) {
  work_ += 1 + vip.backends.size();
  for (const ServiceId& id : services_behind(vip, from)) {
    touched.at(id).vips.erase(vip.id);
  }
}

void ServiceLog::attach(const VipPtr& vip, const Snapshot& from, Touched& touched) {
  work_ += 1 + vip->backends.size();
  for (const ServiceId& id : services_behind(*vip, from)) {
    touched.at(id).vips[vip->id] = vip;
  }
}

/// A service is while any of its tasks is.
void ServiceLog::settle(const ServiceId& id, std::uint64_t generation) {
  const auto place = services_.find(id);
  Service& service = place->second;
  const bool was_told = service.generation != 0;
  by_change_.erase({service.generation, id});
  if (!service.tasks.empty()) {
    service.generation = generation;
    by_change_.emplace(generation, id);
    const auto gone = gone_.find(id);
    if (gone == gone_.end()) return;
    by_end_.erase({gone->second, id});
    gone_.erase(gone);
    return;
  }
  services_.erase(place);
  if (!was_told) return;
  gone_[id] = generation;
  by_end_.emplace(generation, id);
}

void ServiceLog::forget_oldest() {
  while (by_end_.size() > most_gone_) {
    oldest_ = by_end_.begin()->first;
    gone_.erase(by_end_.begin()->second);
    by_end_.erase(by_end_.begin());
  }
}

bool ServiceLog::remembers(std::uint64_t generation) const {
  return snapshot_ && generation >= oldest_ && generation <= snapshot_->generation;
}

ServiceLog::Changes ServiceLog::since(std::uint64_t generation) const {
  Changes changes;
  const Dated first{generation + 1, {}};
  for (auto one = by_change_.lower_bound(first); one != by_change_.end(); ++one) {
    changes.changed.push_back(services_.find(one->second));
  }
  for (auto one = by_end_.lower_bound(first); one != by_end_.end(); ++one) {
    changes.removed.push_back(one->second);
  }
  return changes;
}

}  // namespace admin
