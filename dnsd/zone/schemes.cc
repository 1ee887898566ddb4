#include "dnsd/zone/schemes.h"

#include "dnsd/zone/dcos_names.h"
#include "dnsd/zone/mesos_dns_names.h"

namespace dnsd {
namespace {

constexpr TaskScheme kTaskSchemes[] = {
    {"<task>.<framework> as Mesos-DNS has it", Domain::Mesos, add_mesos_dns_names},
    {"<task>.<framework>.{agentip,containerip,autoip}.dcos", Domain::Dcos, add_dcos_task_names},
};

constexpr VipScheme kVipSchemes[] = {
    {"<vip>.<framework>.l4lb", Domain::Dcos, add_l4lb_name},
};

}  // namespace

std::span<const TaskScheme> task_schemes() { return kTaskSchemes; }
std::span<const VipScheme> vip_schemes() { return kVipSchemes; }

}  // namespace dnsd
