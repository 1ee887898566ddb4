#include "minimarathon/app_network.h"

#include <utility>

namespace minimarathon {
namespace {

namespace json = boost::json;

const json::object& member(const json::object& object, std::string_view key) {
  static const json::object kNone;
  const auto* value = object.if_contains(key);
  return value && value->is_object() ? value->as_object() : kNone;
}

std::string docker_network(const json::object& container) {
  const auto* network = member(container, "docker").if_contains("network");
  return network && network->is_string() ? std::string(network->as_string()) : std::string();
}

NetworkMode mode_named(std::string_view name, Fields& app) {
  if (name == "host") return NetworkMode::Host;
  if (name == "container/bridge") return NetworkMode::Bridge;
  if (name == "container") return NetworkMode::Container;
  app.wrong("networks", "mode must be host, container or container/bridge");
  return NetworkMode::Host;
}

void read_mode(Fields& app, AppNetwork& out) {
  for (const json::object* network : app.objects("networks")) {
    Fields fields(*network, "/networks");
    const std::string mode = fields.text("mode", "container");
    out.mode = mode_named(mode, app);
    json::object normal{{"mode", mode}};
    if (const std::string name = fields.text("name"); !name.empty()) normal["name"] = name;
    out.networks.push_back(std::move(normal));
    app.take_error(fields);
  }
  if (!out.networks.empty()) return;
  const std::string old = docker_network(app.object("container"));
  if (old == "BRIDGE") {
    out.mode = NetworkMode::Bridge;
    out.networks.push_back(json::object{{"mode", "container/bridge"}});
  } else if (old == "USER" || app.find("ipAddress")) {
    out.mode = NetworkMode::Container;
    const auto* name = app.object("ipAddress").if_contains("networkName");
    out.networks.push_back(
        json::object{{"mode", "container"}, {"name", name ? *name : json::value("dcos")}});
  } else {
    out.networks.push_back(json::object{{"mode", "host"}});
  }
}

/// "tcp", "udp", or both in Marathon's order.
std::string read_protocol(Fields& port) {
  const std::string protocol = port.text("protocol", "tcp");
  if (protocol == "tcp,udp") return "udp,tcp";
  if (protocol != "tcp" && protocol != "udp" && protocol != "udp,tcp") {
    port.wrong("protocol", "must be tcp, udp or udp,tcp");
  }
  return protocol;
}

void take_service_port(std::uint16_t wanted, const ServicePortSource& source, AppPort& port) {
  port.service_port = wanted != 0 ? wanted : source();
}

void add_definition(Fields& fields,
                    bool required,
                    const ServicePortSource& source,
                    AppNetwork& out) {
  AppPort port;
  port.name = fields.text("name");
  port.protocol = read_protocol(fields);
  const auto wanted = fields.integer<std::uint16_t>("port", 0);
  take_service_port(wanted, source, port);
  if (required) port.fixed_host_port = wanted;
  json::object normal{{"labels", fields.object("labels")},
                      {"port", port.service_port},
                      {"protocol", port.protocol}};
  if (!port.name.empty()) normal["name"] = port.name;
  out.port_definitions.push_back(std::move(normal));
  out.ports.push_back(std::move(port));
}

void read_definitions(Fields& app, const ServicePortSource& source, AppNetwork& out) {
  const bool required = app.flag("requirePorts");
  if (app.find("portDefinitions")) {
    for (const json::object* definition : app.objects("portDefinitions")) {
      Fields fields(*definition, "/portDefinitions");
      add_definition(fields, required, source, out);
      app.take_error(fields);
    }
    return;
  }
  json::array ports = app.list("ports");
  json::object only{{"name", "default"}, {"port", 0}};
  if (!app.find("ports")) ports.push_back(0);
  for (const json::value& port : ports) {
    only["port"] = port;
    if (app.find("ports")) only.erase("name");
    Fields fields(only, "/ports");
    add_definition(fields, required, source, out);
    app.take_error(fields);
  }
}

void add_mapping(Fields& fields, const ServicePortSource& source, AppNetwork& out) {
  AppPort port;
  port.name = fields.text("name");
  port.protocol = read_protocol(fields);
  port.container_port = fields.integer<std::uint16_t>("containerPort", 0);
  port.fixed_host_port = fields.integer<std::uint16_t>("hostPort", 0);
  port.on_host = out.mode == NetworkMode::Bridge || fields.find("hostPort") != nullptr;
  take_service_port(fields.integer<std::uint16_t>("servicePort", 0), source, port);
  json::object normal{{"containerPort", port.container_port},
                      {"labels", fields.object("labels")},
                      {"protocol", port.protocol},
                      {"servicePort", port.service_port}};
  if (port.on_host) normal["hostPort"] = port.fixed_host_port;
  if (!port.name.empty()) normal["name"] = port.name;
  out.port_mappings.push_back(std::move(normal));
  out.ports.push_back(std::move(port));
}

void read_mappings(Fields& app, const ServicePortSource& source, AppNetwork& out) {
  Fields container(app.object("container"), "/container");
  Fields docker(container.object("docker"), "/container/docker");
  Fields& holder = container.find("portMappings") ? container : docker;
  for (const json::object* mapping : holder.objects("portMappings")) {
    Fields fields(*mapping, holder.path() + "/portMappings");
    add_mapping(fields, source, out);
    app.take_error(fields);
  }
  app.take_error(holder);
}

}  // namespace

AppNetwork read_network(Fields& app, const ServicePortSource& service_ports) {
  AppNetwork out;
  read_mode(app, out);
  if (out.mode == NetworkMode::Host) {
    read_definitions(app, service_ports, out);
  } else {
    read_mappings(app, service_ports, out);
  }
  return out;
}

}  // namespace minimarathon
