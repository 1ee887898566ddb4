#pragma once

#include "minimarathon/app.h"
#include "minimarathon/app_fields.h"

namespace minimarathon {

/// What a definition says of networks and ports, read from any era's form, and its normal form.
struct AppNetwork {
  NetworkMode mode = NetworkMode::Host;
  std::vector<AppPort> ports;
  boost::json::array networks;
  boost::json::array port_documents;  // portDefinitions in host mode, else portMappings.
};

/// Fields of 1.5 (`networks`, `container.portMappings`, `portDefinitions`) win over those of 1.4
/// (`container.docker.network`, `container.docker.portMappings`, `ports`, `ipAddress`).
AppNetwork read_network(const Fields& app);

/// Gives every port without a service port one: first those that only the previous version of the
/// app used, then new ones, so that posting a definition again changes nothing.
void assign_service_ports(const Fields& app,
                          const App* previous,
                          const ServicePortSource& source,
                          AppNetwork& network);

}  // namespace minimarathon
