#pragma once

#include <vector>

#include "watcher/follow/json.h"
#include "watcher/marathon/model.h"

namespace watcher::marathon {

/// Gives the ports of an app the health checks it defines for them, as far as they can be made from
/// elsewhere: HTTP, HTTPS and TCP, whether Marathon or Mesos makes them. A command belongs into the
/// container. Of several checks of one port the first counts.
void read_checks(const json::Object& app, std::vector<PortSpec>& ports);

/// The same of a container of a pod, whose checks name an endpoint.
void read_pod_check(const json::Object& container, std::vector<PortSpec>& ports);

}  // namespace watcher::marathon
