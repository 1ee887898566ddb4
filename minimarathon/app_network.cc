#include "minimarathon/app_network.h"

#include <algorithm>
#include <deque>
#include <utility>

namespace minimarathon {
namespace {

namespace json = boost::json;

NetworkMode mode_named(const std::string& name, const Fields& network) {
  if (name == "host") return NetworkMode::Host;
  if (name == "container/bridge") return NetworkMode::Bridge;
  if (name != "container") network.wrong("mode", "must be host, container or container/bridge");
  return NetworkMode::Container;
}

/// The forms of 1.4, where the container or its absence names the mode.
void read_old_mode(const Fields& app, AppNetwork& out) {
  const std::string network = app.inside("container").inside("docker").text("network");
  if (network == "BRIDGE") {
    out.mode = NetworkMode::Bridge;
    out.networks.push_back(json::object{{"mode", "container/bridge"}});
  } else if (network == "USER" || app.has("ipAddress")) {
    const std::string name = app.inside("ipAddress").text("networkName", "dcos");
    out.mode = NetworkMode::Container;
    out.networks.push_back(json::object{{"mode", "container"}, {"name", name}});
  } else {
    out.networks.push_back(json::object{{"mode", "host"}});
  }
}

void read_mode(const Fields& app, AppNetwork& out) {
  for (const Fields& network : app.each("networks")) {
    const std::string mode = network.text("mode", "container");
    const NetworkMode read = mode_named(mode, network);
    if (!out.networks.empty() && read != out.mode) app.wrong("networks", "must have the same mode");
    out.mode = read;
    json::object document{{"mode", mode}};
    if (const std::string name = network.text("name"); !name.empty()) document["name"] = name;
    if (!network.object("labels").empty()) document["labels"] = network.object("labels");
    out.networks.push_back(std::move(document));
  }
  if (out.networks.empty()) read_old_mode(app, out);
}

/// "tcp", "udp", or both in Marathon's order.
std::string read_protocol(const Fields& port) {
  const std::string protocol = port.text("protocol", "tcp");
  if (protocol == "tcp,udp") return "udp,tcp";
  if (protocol != "tcp" && protocol != "udp" && protocol != "udp,tcp") {
    port.wrong("protocol", "must be tcp, udp or udp,tcp");
  }
  return protocol;
}

void add_definition(const Fields& fields, bool required, AppNetwork& out) {
  AppPort port{.name = fields.text("name"),
               .protocol = read_protocol(fields),
               .service_port = fields.integer<std::uint16_t>("port", 0)};
  if (required) port.fixed_host_port = port.service_port;
  json::object document{{"labels", fields.object("labels")},
                        {"port", port.service_port},
                        {"protocol", port.protocol}};
  if (!port.name.empty()) document["name"] = port.name;
  out.port_documents.push_back(std::move(document));
  out.ports.push_back(std::move(port));
}

/// An app that says nothing of ports has one.
json::array definitions_from_ports(const Fields& app) {
  if (!app.has("ports")) return {json::object{{"name", "default"}}};
  json::array definitions;
  for (const json::value& port : app.list("ports")) {
    definitions.push_back(json::object{{"port", port}});
  }
  return definitions;
}

void read_definitions(const Fields& app, AppNetwork& out) {
  const bool required = app.flag("requirePorts");
  if (app.has("portDefinitions")) {
    for (const Fields& fields : app.each("portDefinitions")) add_definition(fields, required, out);
    return;
  }
  Problem problem;
  const json::object old{{"ports", definitions_from_ports(app)}};
  for (const Fields& fields : Fields(old, problem).each("ports")) {
    add_definition(fields, required, out);
  }
  if (problem.found()) app.wrong("ports", "must be a list of port numbers");
}

/// A container port of 0 is the host port, so there must be one.
bool takes_host_port(const Fields& mapping, NetworkMode mode) {
  return mode == NetworkMode::Bridge || mapping.has("hostPort") ||
         mapping.integer<std::uint16_t>("containerPort", 0) == 0;
}

void add_mapping(const Fields& fields, AppNetwork& out) {
  const AppPort port{.name = fields.text("name"),
                     .protocol = read_protocol(fields),
                     .service_port = fields.integer<std::uint16_t>("servicePort", 0),
                     .container_port = fields.integer<std::uint16_t>("containerPort", 0),
                     .fixed_host_port = fields.integer<std::uint16_t>("hostPort", 0),
                     .on_host = takes_host_port(fields, out.mode)};
  json::object document{{"containerPort", port.container_port},
                        {"labels", fields.object("labels")},
                        {"protocol", port.protocol},
                        {"servicePort", port.service_port}};
  if (port.on_host) document["hostPort"] = port.fixed_host_port;
  if (!port.name.empty()) document["name"] = port.name;
  if (fields.has("networkNames")) document["networkNames"] = fields.list("networkNames");
  out.port_documents.push_back(std::move(document));
  out.ports.push_back(port);
}

/// 1.4 told the ports of a container network apart from the container.
void read_discovery(const Fields& app, AppNetwork& out) {
  Problem problem;
  for (const Fields& port : app.inside("ipAddress").inside("discovery").each("ports")) {
    const json::object mapping{{"containerPort", port.integer<std::uint16_t>("number", 0)},
                               {"labels", port.object("labels")},
                               {"name", port.text("name")},
                               {"protocol", port.text("protocol", "tcp")}};
    add_mapping(Fields(mapping, problem), out);
  }
  if (problem.found()) app.wrong("ipAddress", "must have ports of protocol tcp or udp");
}

void read_mappings(const Fields& app, AppNetwork& out) {
  const Fields container = app.inside("container");
  const Fields holder = container.has("portMappings") ? container : container.inside("docker");
  for (const Fields& mapping : holder.each("portMappings")) add_mapping(mapping, out);
  if (!holder.has("portMappings")) read_discovery(app, out);
}

/// Service ports that the previous version has and this one does not ask for.
std::deque<std::uint16_t> reusable_ports(const App* previous, const std::vector<AppPort>& ports) {
  std::deque<std::uint16_t> reusable;
  if (!previous) return reusable;
  for (const AppPort& old : previous->ports) {
    const bool asked_for = std::any_of(ports.begin(), ports.end(), [&](const AppPort& port) {
      return port.service_port == old.service_port;
    });
    if (!asked_for) reusable.push_back(old.service_port);
  }
  return reusable;
}

}  // namespace

AppNetwork read_network(const Fields& app) {
  AppNetwork out;
  read_mode(app, out);
  if (out.mode == NetworkMode::Host) {
    read_definitions(app, out);
  } else {
    read_mappings(app, out);
  }
  return out;
}

void assign_service_ports(const Fields& app,
                          const App* previous,
                          const ServicePortSource& source,
                          AppNetwork& network) {
  std::deque<std::uint16_t> reusable = reusable_ports(previous, network.ports);
  const char* key = network.mode == NetworkMode::Host ? "port" : "servicePort";
  for (std::size_t i = 0; i < network.ports.size(); ++i) {
    AppPort& port = network.ports[i];
    if (port.service_port != 0) continue;
    if (reusable.empty()) {
      port.service_port = source();
    } else {
      port.service_port = reusable.front();
      reusable.pop_front();
    }
    if (port.service_port == 0) app.wrong("", "no service port is left");
    network.port_documents[i].as_object()[key] = port.service_port;
  }
}

}  // namespace minimarathon
