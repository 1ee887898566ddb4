#include "admin/vips.h"

#include <boost/json.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "rollout/text.h"
#include "watcher/vips/port_options.h"

namespace admin {
namespace {

namespace json = boost::json;

struct Pool {
  std::optional<std::uint32_t> weight;
  std::string_view weight_by = "default";
  std::uint64_t passing = 0;
  std::uint64_t failing = 0;
  std::uint64_t draining = 0;
  std::string drain;

  void add(const watcher::Backend& backend) {
    if (backend.weight()) {
      weight = backend.weight();
      weight_by = backend.assigned_weight ? "operator" : "label";
    }
    if (backend.assigned_weight == 0U) drain = watcher::print_drain(backend.at_rest);
    switch (backend.state) {
      case watcher::BackendState::Passing:
        ++passing;
        break;
      case watcher::BackendState::Failing:
        ++failing;
        break;
      case watcher::BackendState::Draining:
        ++draining;
        break;
    }
  }
};

json::value describe(const std::string& name, const Pool& pool) {
  json::object object{{"pool", name},
                      {"weight", pool.weight ? json::value(*pool.weight) : json::value()},
                      {"weight_by", pool.weight_by},
                      {"passing", pool.passing},
                      {"failing", pool.failing},
                      {"draining", pool.draining}};
  if (!pool.drain.empty()) object["drain"] = pool.drain;
  return object;
}

json::array describe_gone(const watcher::Snapshot& snapshot) {
  std::map<watcher::VipId, watcher::PoolWeights> sorted;
  snapshot.weights.for_each([&](const watcher::VipId& id, const watcher::Shares& shares) {
    if (snapshot.vips.find(id) == nullptr) sorted.emplace(id, shares.pools);
  });
  json::array gone;
  for (const auto& [id, pools] : sorted) {
    json::object weights;
    for (const auto& [pool, weight] : pools) weights[pool] = weight;
    gone.push_back(json::object{{"id", id.to_string()}, {"weights", std::move(weights)}});
  }
  return gone;
}

}  // namespace

json::value describe_pools(const watcher::Vip& vip) {
  std::map<std::string, Pool> pools;
  for (const watcher::Backend& backend : vip.backends) pools[*backend.app].add(backend);
  json::array described;
  for (const auto& [name, pool] : pools) described.push_back(describe(name, pool));
  return json::object{{"id", vip.id.to_string()},
                      {"address", vip.address.to_string()},
                      {"port", vip.id.port},
                      {"protocol", watcher::to_string(vip.id.protocol)},
                      {"pools", std::move(described)}};
}

json::value describe_vips(const watcher::Snapshot& snapshot) {
  std::map<watcher::VipId, watcher::VipPtr> sorted;
  snapshot.vips.for_each(
      [&](const watcher::VipId& id, const watcher::VipPtr& vip) { sorted.emplace(id, vip); });
  json::array vips;
  for (const auto& [id, vip] : sorted) vips.push_back(describe_pools(*vip));
  return json::object{{"generation", snapshot.generation},
                      {"vips", std::move(vips)},
                      {"gone", describe_gone(snapshot)}};
}

json::value describe_rollouts(const rollout::Rollouts& rollouts) {
  json::array described;
  for (const rollout::Rollout& rollout : rollouts) described.push_back(rollout::describe(rollout));
  return json::object{{"rollouts", std::move(described)}};
}

}  // namespace admin
