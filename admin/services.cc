#include "admin/services.h"

#include <boost/json.hpp>
#include <memory>
#include <utility>

#include "admin/service_log.h"

namespace admin {
namespace {

namespace json = boost::json;

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
      {"drained", task.drained || port.drained},
  };
}

json::value describe(const watcher::Task& task) {
  return json::object{
      {"id", task.key.id},
      {"source", task.key.source},
      {"state", watcher::to_string(task.state)},
      {"health", watcher::to_string(task.health)},
      {"ready", task.ready},
      {"drained", task.drained},
      {"version", task.version},
      {"agent_id", task.agent_id},
      {"agent_addresses", list(task.agent_addresses, [](const auto& ip) { return text_of(ip); })},
      {"addresses", list(task.addresses, [](const auto& ip) { return text_of(ip); })},
      {"ports", list(task.ports, [&](const auto& port) { return describe(task, port); })},
  };
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
                                  {"drained", backend.drained},
                                  {"task", backend.task.id},
                                  {"app", backend.app}};
            })},
  };
}

}  // namespace

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

json::object describe(const ServiceId& id, const Service& service) {
  return {
      {"app", *id.app},
      {"framework", *id.framework},
      {"tasks", list(service.tasks, [](const auto& task) { return describe(*task.second); })},
      {"vips", list(service.vips, [](const auto& vip) { return describe(*vip.second); })},
  };
}

json::value describe_services(const watcher::Snapshot& snapshot) {
  ServiceLog log;
  log.follow(std::make_shared<const watcher::Snapshot>(snapshot));
  return json::object{{"generation", snapshot.generation},
                      {"synced", snapshot.synced},
                      {"services", list(log.services(), [](const auto& one) {
                         return describe(one.first, one.second);
                       })}};
}

}  // namespace admin
