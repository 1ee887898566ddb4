#pragma once

#include "dnsd/zone/contribution.h"
#include "dnsd/zone/naming.h"
#include "watcher/task.h"

namespace dnsd {

/// The names Mesos-DNS gives a task. With N its name, F its framework, C the canonical N-hash-agent
/// and D the domain:
///
///   A AAAA  N.F.D  C.F.D                the task's addresses
///   A AAAA  N.F.slave.D  C.F.slave.D    its agent's
///   SRV     _N._tcp|_udp.F.slave.D      C.F.slave.D : each port held on the agent
///   SRV     _N._tcp|_udp.F.D            the same, for a task without a discovery name
///   SRV     _N._proto.F.D  _port._N._proto.F.D    C.F.D : each discovery port, by number and name
///
/// With a discovery name, N is twice: that name as it stands, and made a label; else the task's
/// name made a label.
///
/// Deliberately different from the reference: names as they stand are lowered, so that they can be
/// reached; canonical labels stay within 63 octets; a port that is open on the agent points there
/// when the task has addresses of its own, where nothing listens at that number; frameworks whose
/// name ends in a label of the domain's own are refused.
void add_mesos_dns_names(const watcher::Task& task,
                         const Name& domain,
                         const Naming& naming,
                         Contribution& out);

}  // namespace dnsd
