#pragma once

#include "minimarathon/app.h"
#include "minimarathon/app_fields.h"

namespace minimarathon {

/// What a definition says of networks and ports, read from any era's form, and its normal form.
struct AppNetwork {
  NetworkMode mode = NetworkMode::Host;
  std::vector<AppPort> ports;
  boost::json::array networks;
  boost::json::array port_definitions;  // Host mode only.
  boost::json::array port_mappings;     // The other modes.
};

/// Fields of 1.5 (`networks`, `container.portMappings`, `portDefinitions`) win over those of 1.4
/// (`container.docker.network`, `container.docker.portMappings`, `ports`).
AppNetwork read_network(Fields& app, const ServicePortSource& service_ports);

}  // namespace minimarathon
