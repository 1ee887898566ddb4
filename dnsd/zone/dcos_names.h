#pragma once

#include "dnsd/zone/contribution.h"
#include "dnsd/zone/naming.h"
#include "watcher/task.h"
#include "watcher/vips/vip.h"

namespace dnsd {

// `<task>.<framework>.<domain>`, A and AAAA, where the domain tells which addresses. Of DC/OS.

/// The agent's addresses.
void add_agentip_name(const watcher::Task& task,
                      const Name& domain,
                      const Naming& naming,
                      Contribution& out);
/// The task's own, if it has any.
void add_containerip_name(const watcher::Task& task,
                          const Name& domain,
                          const Naming& naming,
                          Contribution& out);
/// Those one can reach: the agent's where a port is open there, else the task's own.
void add_autoip_name(const watcher::Task& task,
                     const Name& domain,
                     const Naming& naming,
                     Contribution& out);

/// `<vip>.<framework>.<domain>`: the address of a named VIP.
void add_l4lb_name(const watcher::Vip& vip,
                   const Name& domain,
                   const Naming& naming,
                   Contribution& out);

// Names that DC/OS has on every node, whatever runs.

/// The domain itself: the node that answers.
void add_thisnode_name(const Name& domain, const Naming& naming, Contribution& out);
/// ready and ns: DC/OS asks for them to see whether its resolver lives.
void add_spartan_names(const Name& domain, const Naming& naming, Contribution& out);
/// The domain itself: the loopback addresses (RFC 6761 section 6.3).
void add_localhost_name(const Name& domain, const Naming& naming, Contribution& out);

}  // namespace dnsd
