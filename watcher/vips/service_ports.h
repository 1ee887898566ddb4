#pragma once

#include "watcher/vips/bindings.h"

namespace watcher {

/// Adds the service ports of a task as marathon-lb would open them: port n of an app whose
/// HAPROXY_GROUP (or HAPROXY_n_GROUP) has one of our groups opens at HAPROXY_n_PORT, else at its
/// service port, unless HAPROXY_n_ENABLED says no; at HAPROXY_n_BIND_ADDR if there is one. The
/// group "*" opens every app, labelled or not. TCP only, as there.
///
/// What marathon-lb would show only to some (HAPROXY_n_AUTH, HAPROXY_n_BACKEND_NETWORK_ALLOWED_ACL)
/// is not opened at all: we could not keep the others out.
void add_service_ports(const Task& task, const VipRules& rules, Bindings& out);

}  // namespace watcher
