#include "admin/services.h"

#include <memory>
#include <utility>

#include "admin/service_log.h"

namespace admin {
namespace {

void write(const watcher::Task& task, const watcher::TaskPort& port, JsonText& out) {
  out.begin_object();
  out.member("name", *port.name);
  out.member("port", port.port);
  out.member("protocol", watcher::to_string(port.protocol));
  out.member("service_port", port.service_port);
  out.list("endpoints", watcher::endpoints_of(task, port), [&out](const auto& endpoint) {
    out.value(endpoint.to_string());
  });
  out.member("probe", watcher::to_string(port.probe));
  out.member("passing", watcher::is_passing(task, port));
  out.member("drained", task.drained || port.drained);
  out.end_object();
}

void write(const watcher::Task& task, JsonText& out) {
  const auto write_address = [&out](const common::IpAddress& ip) { out.value(ip.to_string()); };
  out.begin_object();
  out.member("id", *task.key.id);
  out.member("source", *task.key.source);
  out.member("state", watcher::to_string(task.state));
  out.member("health", watcher::to_string(task.health));
  out.member("ready", task.ready);
  out.member("drained", task.drained);
  out.member("version", *task.version);
  out.member("agent_id", *task.agent_id);
  out.list("agent_addresses", task.agent_addresses, write_address);
  out.list("addresses", task.addresses, write_address);
  out.list("ports", task.ports, [&](const auto& port) { write(task, port, out); });
  out.end_object();
}

void write(const watcher::Vip& vip, JsonText& out) {
  out.begin_object();
  out.member("id", vip.id.to_string());
  out.member("address", vip.address.to_string());
  out.member("port", vip.id.port);
  out.member("protocol", watcher::to_string(vip.id.protocol));
  out.list("backends", vip.backends, [&out](const watcher::Backend& backend) {
    out.begin_object();
    out.member("endpoint", backend.endpoint.to_string());
    out.member("state", to_string(backend.state));
    out.member("drained", backend.drained);
    out.member("task", *backend.task.id);
    out.member("app", *backend.app);
    out.end_object();
  });
  out.end_object();
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

void write(const ServiceId& id, const Service& service, JsonText& out) {
  out.begin_object();
  out.member("app", *id.app);
  out.member("framework", *id.framework);
  out.list("tasks", service.tasks, [&out](const auto& task) { write(*task.second, out); });
  out.list("vips", service.vips, [&out](const auto& vip) { write(*vip.second, out); });
  out.end_object();
}

std::string services_text(const watcher::Snapshot& snapshot) {
  ServiceLog log;
  log.follow(std::make_shared<const watcher::Snapshot>(snapshot));
  JsonText out;
  out.begin_object();
  out.member("generation", snapshot.generation);
  out.member("synced", snapshot.synced);
  out.list(
      "services", log.services(), [&out](const auto& one) { write(one.first, one.second, out); });
  out.end_object();
  return out.take();
}

}  // namespace admin
