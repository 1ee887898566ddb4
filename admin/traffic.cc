#include "admin/traffic.h"

#include <boost/json.hpp>
#include <string>
#include <utility>

namespace admin {
namespace {

namespace json = boost::json;

json::object describe(const char* kind, const std::string& name, const vipd::Traffic& traffic) {
  return {{kind, name},
          {"connections", traffic.connections},
          {"open", traffic.open},
          {"bytes_upstream", traffic.bytes_upstream},
          {"bytes_downstream", traffic.bytes_downstream},
          {"failures", traffic.failures}};
}

json::object describe(const vipd::PoolTraffic& pool) {
  json::array backends;
  for (const vipd::BackendTraffic& backend : pool.backends) {
    backends.push_back(describe("backend", backend.backend.to_string(), backend.traffic));
  }
  json::object object = describe("pool", pool.pool, pool.traffic);
  object["backends"] = std::move(backends);
  return object;
}

json::object describe(const vipd::VipTraffic& vip) {
  json::array pools;
  for (const vipd::PoolTraffic& pool : vip.pools) pools.push_back(describe(pool));
  json::object object = describe("id", vip.vip.to_string(), vip.traffic);
  object["pools"] = std::move(pools);
  return object;
}

}  // namespace

json::value describe_traffic(const std::vector<vipd::VipTraffic>& vips,
                             std::chrono::steady_clock::time_point now) {
  json::array described;
  for (const vipd::VipTraffic& vip : vips) described.push_back(describe(vip));
  return json::object{{"seconds", std::chrono::duration<double>(now.time_since_epoch()).count()},
                      {"vips", std::move(described)}};
}

}  // namespace admin
