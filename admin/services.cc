#include "admin/services.h"

#include <boost/json.hpp>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace admin {
namespace {

namespace json = boost::json;

struct Service {
  std::vector<watcher::TaskPtr> tasks;
  std::set<std::pair<watcher::VipId, watcher::VipPtr>> vips;
};

using ServiceId = std::pair<std::string, std::string>;  // framework, app

template <class Items, class Describe>
json::array list(const Items& items, Describe describe) {
  json::array array;
  for (const auto& item : items) array.push_back(describe(item));
  return array;
}

json::value text_of(const common::IpAddress& address) { return json::value(address.to_string()); }
json::value text_of(const common::SocketAddress& address) {
  return json::value(address.to_string());
}

json::value describe(const watcher::Task& task, const watcher::TaskPort& port) {
  return json::object{
      {"name", port.name},
      {"port", port.port},
      {"protocol", watcher::to_string(port.protocol)},
      {"service_port", port.service_port},
      {"endpoints",
       list(watcher::endpoints_of(task, port),
            [](const common::SocketAddress& endpoint) { return text_of(endpoint); })},
      {"probe", watcher::to_string(port.probe)},
      {"passing", watcher::is_passing(task, port)},
  };
}

json::value describe(const watcher::Task& task) {
  return json::object{
      {"id", task.key.id},
      {"source", task.key.source},
      {"state", watcher::to_string(task.state)},
      {"health", watcher::to_string(task.health)},
      {"ready", task.ready},
      {"version", task.version},
      {"agent_addresses", list(task.agent_addresses, [](const auto& ip) { return text_of(ip); })},
      {"addresses", list(task.addresses, [](const auto& ip) { return text_of(ip); })},
      {"ports", list(task.ports, [&](const auto& port) { return describe(task, port); })},
  };
}

std::string_view to_string(watcher::BackendState state) {
  switch (state) {
    case watcher::BackendState::Passing:
      return "passing";
    case watcher::BackendState::Failing:
      return "failing";
    case watcher::BackendState::Draining:
      return "draining";
  }
  return "";
}

json::value describe(const watcher::Vip& vip) {
  return json::object{
      {"id", vip.id.to_string()},
      {"address", vip.address.to_string()},
      {"port", vip.id.port},
      {"protocol", watcher::to_string(vip.id.protocol)},
      {"backends",
       list(vip.backends,
            [](const watcher::Backend& backend) {
              return json::object{{"endpoint", backend.endpoint.to_string()},
                                  {"state", to_string(backend.state)},
                                  {"task", backend.task.id},
                                  {"app", backend.app}};
            })},
  };
}

std::map<ServiceId, Service> group_by_app(const watcher::Snapshot& snapshot) {
  std::map<ServiceId, Service> services;
  std::map<watcher::TaskKey, ServiceId> owner;
  snapshot.tasks.for_each([&](const watcher::TaskKey& key, const watcher::TaskPtr& task) {
    const ServiceId id{task->framework, task->app};
    services[id].tasks.push_back(task);
    owner.emplace(key, id);
  });
  snapshot.vips.for_each([&](const watcher::VipId& id, const watcher::VipPtr& vip) {
    for (const watcher::Backend& backend : vip->backends) {
      const auto found = owner.find(backend.task);
      if (found != owner.end()) services[found->second].vips.emplace(id, vip);
    }
  });
  for (auto& [id, service] : services) {
    std::sort(service.tasks.begin(), service.tasks.end(), [](const auto& a, const auto& b) {
      return a->key < b->key;
    });
  }
  return services;
}

}  // namespace

json::value describe_services(const watcher::Snapshot& snapshot) {
  json::array services;
  for (const auto& [id, service] : group_by_app(snapshot)) {
    services.push_back(json::object{
        {"app", id.second},
        {"framework", id.first},
        {"tasks", list(service.tasks, [](const auto& task) { return describe(*task); })},
        {"vips", list(service.vips, [](const auto& vip) { return describe(*vip.second); })},
    });
  }
  return json::object{{"generation", snapshot.generation},
                      {"synced", snapshot.synced},
                      {"services", std::move(services)}};
}

}  // namespace admin
