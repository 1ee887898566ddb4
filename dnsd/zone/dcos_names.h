#pragma once

#include "dnsd/zone/contribution.h"
#include "dnsd/zone/health_policy.h"
#include "watcher/vips/vip.h"

namespace dnsd {

/// `<task>.<framework>.<kind>.dcos.<domain>`, A and AAAA, where the kind is
/// agentip      the agent's addresses,
/// containerip  the task's own, if it has any,
/// autoip       those one can reach: the agent's where a port is open there, else the task's own.
void add_dcos_task_names(const watcher::Task& task,
                         const Name& domain,
                         const HealthPolicy& health,
                         Contribution& out);

/// `<vip>.<framework>.l4lb.<domain>`: the address of a named VIP.
void add_l4lb_name(const watcher::Vip& vip, const Name& domain, Contribution& out);

}  // namespace dnsd
