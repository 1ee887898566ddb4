#include "admin/drains.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <map>
#include <string>
#include <utility>

#include "admin/services.h"
#include "watcher/follow/json.h"

namespace admin {
namespace {

namespace json = boost::json;
using watcher::Backend;
using watcher::BackendState;
using watcher::Drain;
using watcher::DrainKind;
using watcher::Drains;

constexpr std::array kKinds{DrainKind::Task, DrainKind::Agent, DrainKind::Endpoint};

json::object describe(const Drain& drain) { return {{to_string(drain.kind), drain.name}}; }

json::object describe(const watcher::VipId& vip, const Backend& backend) {
  return {{"vip", vip.to_string()},
          {"endpoint", backend.endpoint.to_string()},
          {"task", *backend.task.id},
          {"app", *backend.app},
          {"state", to_string(backend.state)}};
}

/// An endpoint is drained alone; else all that the task has is.
bool is_meant(const Drain& drain, const Backend& backend, const watcher::Snapshot& snapshot) {
  if (drain.kind == DrainKind::Endpoint) return backend.endpoint.to_string() == drain.name;
  const watcher::TaskPtr* task = snapshot.tasks.find(backend.task);
  return task != nullptr && Drains{std::set<Drain>{drain}}.hold_any_of(**task);
}

bool takes_nothing(const watcher::Vip& vip) {
  return std::all_of(vip.backends.begin(), vip.backends.end(), [](const Backend& backend) {
    return backend.state == BackendState::Draining;
  });
}

}  // namespace

common::Expected<Drain> read_drain_of(const json::object& body) {
  for (const DrainKind kind : kKinds) {
    const json::value* name = body.if_contains(to_string(kind));
    if (name != nullptr && body.size() == 1) {
      return Drain::read(kind, watcher::json::as_text(*name));
    }
  }
  return common::fail(common::ErrorCode::InvalidInput,
                      "expected one of {\"task\": ID}, {\"agent\": NAME-OR-ADDRESS} and "
                      "{\"endpoint\": \"ADDRESS:PORT\"}");
}

json::object describe_drains(const watcher::Snapshot& snapshot) {
  json::array drains;
  for (const Drain& drain : snapshot.drains.all) drains.push_back(describe(drain));
  return {{"generation", snapshot.generation}, {"drains", std::move(drains)}};
}

json::object describe_drained(const Drain& drain, const watcher::Snapshot& snapshot) {
  std::map<watcher::VipId, json::array> backends;
  std::map<watcher::VipId, bool> is_unserved;
  snapshot.vips.for_each([&](const watcher::VipId& id, const watcher::VipPtr& vip) {
    for (const Backend& backend : vip->backends) {
      if (!is_meant(drain, backend, snapshot)) continue;
      backends[id].push_back(describe(id, backend));
      is_unserved[id] = takes_nothing(*vip);
    }
  });
  json::array all;
  json::array unserved;
  for (auto& [id, some] : backends) {
    for (json::value& backend : some) all.push_back(std::move(backend));
    if (is_unserved[id]) unserved.push_back(json::value(id.to_string()));
  }
  return {{"generation", snapshot.generation},
          {"drain", describe(drain)},
          {"backends", std::move(all)},
          {"unserved", std::move(unserved)}};
}

}  // namespace admin
