// Why a virtual IP is where it is, and who stands behind it.
#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <set>
#include <utility>

#include "admin/explain_facts.h"
#include "admin/explain_nearest.h"
#include "admin/services.h"
#include "admin/vips.h"
#include "config/types.h"
#include "rollout/text.h"
#include "watcher/vips/hashed_address.h"
#include "watcher/vips/vip_label.h"

namespace admin::explain {
namespace {

namespace json = boost::json;
using common::ErrorCode;
using common::Expected;
using watcher::Backend;
using watcher::BackendState;
using watcher::Vip;
using watcher::VipId;
using watcher::VipPtr;

/// By its id, or by where it listens.
VipPtr find_vip(const VipId& wanted, const Facts& facts) {
  if (const VipPtr* known = facts.snapshot.vips.find(wanted)) return *known;
  VipPtr found;
  facts.snapshot.vips.for_each([&](const VipId& id, const VipPtr& vip) {
    const bool listens = wanted.name.empty() && vip->address == wanted.address;
    if (listens && id.port == wanted.port && id.protocol == wanted.protocol) found = vip;
  });
  return found;
}

std::vector<std::string> known_vips(const Facts& facts) {
  std::vector<std::string> ids;
  facts.snapshot.vips.for_each(
      [&](const VipId& id, const VipPtr&) { ids.push_back(id.to_string()); });
  return ids;
}

watcher::TaskPtr task_of(const Backend& backend, const Facts& facts) {
  const watcher::TaskPtr* task = facts.snapshot.tasks.find(backend.task);
  return task == nullptr ? nullptr : *task;
}

/// The tasks whose checks are asked for.
std::vector<watcher::TaskPtr> failing_of(const Vip& vip, const Facts& facts) {
  std::vector<watcher::TaskPtr> tasks;
  for (const Backend& backend : vip.backends) {
    if (backend.state == BackendState::Passing) continue;
    if (auto task = task_of(backend, facts)) tasks.push_back(std::move(task));
  }
  return tasks;
}

/// ---- Its address

/// Labels that ask for the VIP: "VIP_0=/web:80 of /web".
void add_labels(const watcher::Task& task, const Vip& vip, std::set<std::string>& into) {
  const auto add = [&](const watcher::Labels& labels, watcher::Protocol protocol) {
    for (const std::string_view prefix : {"VIP", "vip"}) {
      for (auto label = labels.lower_bound(prefix);
           label != labels.end() && label->first.starts_with(prefix);
           ++label) {
        const auto id = watcher::parse_vip_label(label->second, *task.framework, protocol);
        if (!id || *id != vip.id) continue;
        into.insert(label->first + "=" + label->second + " of " + *task.app);
      }
    }
  };
  for (const watcher::TaskPort& port : task.ports) add(port.labels, port.protocol);
  add(task.labels, vip.id.protocol);
}

json::array labels_for(const Vip& vip, const Facts& facts) {
  std::set<std::string> labels;
  for (const Backend& backend : vip.backends) {
    if (const auto task = task_of(backend, facts)) add_labels(*task, vip, labels);
  }
  return json::array(labels.begin(), labels.end());
}

std::string who_has(const common::IpAddress& address, const Facts& facts) {
  std::string name;
  facts.snapshot.vips.for_each([&](const VipId& id, const VipPtr& vip) {
    if (vip->address == address) name = id.name;
  });
  return name;
}

std::string why_there(const Vip& vip, const Facts& facts) {
  switch (vip.kind) {
    case watcher::VipKind::Address:
      return "its label names the address";
    case watcher::VipKind::ServicePort:
      return "service ports of vip.groups listen at vip.service_address";
    case watcher::VipKind::Named:
      break;
  }
  const common::Ipv4Prefix& pool = facts.more.pool;
  const auto hashed = watcher::hashed_address(pool, vip.id.name);
  const std::string where = "the hash of its name in " + pool.to_string();
  if (vip.address == hashed) return where;
  const std::string other = who_has(hashed, facts);
  return where + " leads to " + hashed.to_string() +
         (other.empty() ? ", which another name had when it came" : ", which " + other + " has") +
         "; it got the next that was free, and keeps it";
}

/// ---- Its pools

const rollout::Rollout* rollout_of(const Vip& vip, const Facts& facts) {
  const auto found = std::find_if(
      facts.rollouts.begin(), facts.rollouts.end(), [&vip](const rollout::Rollout& rollout) {
        return rollout.plan().vip == vip.id && !rollout.is_over();
      });
  return found == facts.rollouts.end() ? nullptr : &*found;
}

void add_counts(const Vip& vip, const std::string& pool, const Facts& facts, json::object& into) {
  if (!facts.more.counts) return;
  const PoolCounts counts = facts.more.counts(vip.id, pool);
  into["sessions"] = counts.sessions;
  into["open"] = counts.open;
  into["connect_failures"] = counts.connect_failures;
  into["ejections"] = counts.ejections;
  into["early_resets"] = counts.early_resets;
}

json::array pools_of(const Vip& vip, const Facts& facts) {
  const bool rolls = rollout_of(vip, facts) != nullptr;
  json::value described = describe_pools(vip);
  json::array pools = std::move(described.as_object().at("pools").as_array());
  for (json::value& value : pools) {
    json::object& pool = value.as_object();
    if (rolls && pool.at("weight_by") == "operator") pool["weight_by"] = "rollout";
    const std::string name(pool.at("pool").as_string());
    add_counts(vip, name, facts, pool);
  }
  return pools;
}

json::object balance_of(const Vip& vip, const Facts& facts) {
  const auto said = std::find_if(vip.backends.begin(), vip.backends.end(), [](const Backend& one) {
    return one.options.balance.has_value();
  });
  const bool by_label = said != vip.backends.end();
  const auto policy = by_label ? *said->options.balance : facts.more.settings.vip.balance;
  return {{"policy", config::Type<config::Balance>::print(policy)},
          {"by", by_label ? "a label of " + *said->app : std::string("vip.balance")}};
}

/// ---- Its backends

const watcher::TaskPort* port_of(const watcher::Task& task,
                                 const Backend& backend,
                                 watcher::Protocol protocol) {
  for (const watcher::TaskPort& port : task.ports) {
    const auto endpoints = watcher::endpoints_of(task, port);
    const bool is_there = std::count(endpoints.begin(), endpoints.end(), backend.endpoint) > 0;
    if (port.protocol == protocol && is_there) return &port;
  }
  return nullptr;
}

std::string why_no_clients(const Vip& vip, const Backend& backend, const Facts& facts) {
  if (backend.weight() == 0U) return "the weight of its pool is 0";
  if (backend.drained) return std::string(kOperatorDrains);
  const auto task = task_of(backend, facts);
  if (backend.state == BackendState::Passing || !task) return {};
  const auto* port = port_of(*task, backend, vip.id.protocol);
  std::string why =
      port == nullptr ? why_not_passing(*task, facts) : why_not_passing(*task, *port, facts);
  if (!why.empty()) return why;
  return backend.state == BackendState::Draining ? "it drains" : "it does not pass";
}

json::value describe_backend(const VipPtr& vip, const Backend& backend, const Facts& facts) {
  json::object described{{"endpoint", backend.endpoint.to_string()},
                         {"pool", backend.app},
                         {"state", to_string(backend.state)},
                         {"why", why_no_clients(*vip, backend, facts)},
                         {"check", describe_check({vip, &backend}, facts)}};
  if (const auto task = task_of(backend, facts)) described["task"] = describe_task(*task);
  if (facts.more.open) {
    described["open"] = facts.more.open(vip->id, *backend.app, backend.endpoint);
  }
  return described;
}

/// What the states of all backends together mean for a new client.
std::string outcome_of(const Vip& vip, const Facts& facts) {
  const auto count = [&vip](BackendState state) {
    return std::count_if(vip.backends.begin(), vip.backends.end(), [state](const Backend& one) {
      return one.state == state && one.weight() != 0U;
    });
  };
  if (count(BackendState::Passing) > 0) {
    const int threshold = facts.more.settings.vip.panic_threshold;
    return threshold == 0 ? "new clients get a passing backend"
                          : "new clients get a passing backend, or any below " +
                                std::to_string(threshold) + " % passing (vip.panic_threshold)";
  }
  if (count(BackendState::Failing) > 0) return "no backend passes, so new clients get any of them";
  return vip.backends.empty() ? "no backend: tasks behind it are starting or have no address"
                              : "no backend takes new clients";
}

json::array sources_of(const Vip& vip, const Facts& facts) {
  std::set<std::string> names;
  for (const Backend& backend : vip.backends) names.insert(*backend.task.source);
  return describe_sources({names.begin(), names.end()}, facts);
}

json::array names_of(const Vip& vip, const Facts& facts) {
  if (vip.id.name.empty() || facts.names == nullptr) return {};
  return {json::value(vip.id.name + ".l4lb." + facts.names->dcos_domain)};
}

json::object explain_vip(const VipPtr& vip, const Facts& facts) {
  json::array backends;
  for (const Backend& backend : vip->backends) {
    backends.push_back(describe_backend(vip, backend, facts));
  }
  const auto* rollout = rollout_of(*vip, facts);
  return {{"kind", "vip"},
          {"vip", vip->id.to_string()},
          {"address", vip->address.to_string()},
          {"port", vip->id.port},
          {"protocol", watcher::to_string(vip->id.protocol)},
          {"generation", facts.snapshot.generation},
          {"synced", facts.snapshot.synced},
          {"why", outcome_of(*vip, facts)},
          {"address_why", why_there(*vip, facts)},
          {"labels", labels_for(*vip, facts)},
          {"names", names_of(*vip, facts)},
          {"balance", balance_of(*vip, facts)},
          {"pools", pools_of(*vip, facts)},
          {"rollout", rollout == nullptr ? json::value() : rollout::describe(*rollout)},
          {"backends", std::move(backends)},
          {"sources", sources_of(*vip, facts)}};
}

}  // namespace

Expected<json::object> vip(const std::string& text, const Facts& facts) {
  const auto id = VipId::parse(text);
  if (!id) {
    return common::fail(
        ErrorCode::InvalidInput,
        "'" + text + "' is no VIP; write NAME:PORT or ADDRESS:PORT, with /udp if so");
  }
  if (const VipPtr found = find_vip(*id, facts)) {
    return explain_vip(found, with_places(facts, failing_of(*found, facts)));
  }
  return common::fail(ErrorCode::NotFound,
                      "there is no VIP " + id->to_string() +
                          did_you_mean(nearest_of(id->to_string(), known_vips(facts))));
}

}  // namespace admin::explain
