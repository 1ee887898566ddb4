#pragma once

#include <span>

#include "dnsd/zone/contribution.h"
#include "dnsd/zone/naming.h"
#include "watcher/member.h"

namespace dnsd {

/// The names Mesos-DNS gives what makes up the cluster. With D the domain:
///
///   A AAAA  leader.D  master.D  masterN.D   the leading master; all; each, from 0
///   SRV     _leader._tcp|_udp.D             leader.D : its port
///   A AAAA  slave.D                         all agents
///   SRV     _slave._tcp.D                   slave.D : each port agents listen at
///   A AAAA  F.D                             the scheduler of framework F
///   SRV     _framework._tcp.F.D             F.D : its port
///
/// Masters are counted in the order they are told in, each address once; a leader that is not told
/// among them comes last. Frameworks called like one of these names get none.
void add_cluster_names(std::span<const watcher::Member> members,
                       const Name& domain,
                       const Naming& naming,
                       Contribution& out);

/// leader and master below the domain, as DC/OS has them.
void add_dcos_master_names(std::span<const watcher::Member> members,
                           const Name& domain,
                           const Naming& naming,
                           Contribution& out);

/// zk-1 to zk-5: DC/OS runs ZooKeeper on its masters. When there are fewer, they repeat.
void add_zookeeper_names(std::span<const watcher::Member> members,
                         const Name& domain,
                         const Naming& naming,
                         Contribution& out);

}  // namespace dnsd
