#pragma once

#include "watcher/vips/bindings.h"

namespace watcher {

/// Adds the service ports of a task as marathon-lb would open them: port n of an app whose
/// HAPROXY_GROUP (or HAPROXY_n_GROUP) has one of our groups opens at HAPROXY_n_PORT, else at its
/// service port, unless HAPROXY_n_ENABLED says no. The group "*" opens every app, labelled or not.
/// TCP only, as there.
void add_service_ports(const Task& task, const VipRules& rules, Bindings& out);

}  // namespace watcher
