#include "dnsd/zone/cluster_names.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "dnsd/zone/mesos_dns_labels.h"
#include "dnsd/zone/reverse.h"

namespace dnsd {
namespace {

using watcher::Role;
using Members = std::span<const watcher::Member>;

const watcher::Member* leader_of(Members members) {
  const auto leads = [](const watcher::Member& member) {
    return member.role == Role::LeadingMaster;
  };
  const auto leader = std::find_if(members.begin(), members.end(), leads);
  return leader == members.end() ? nullptr : &*leader;
}

bool is_same_master(const watcher::Member& master, const watcher::Member* leader) {
  return leader != nullptr && master.port == leader->port && master.addresses == leader->addresses;
}

/// Masters as they are numbered.
std::vector<const watcher::Member*> masters_of(Members members) {
  const watcher::Member* leader = leader_of(members);
  bool has_leader = leader == nullptr;
  std::set<common::IpAddress> taken;
  if (leader != nullptr) taken.insert(leader->addresses.begin(), leader->addresses.end());
  const auto is_taken = [&taken](const common::IpAddress& ip) { return taken.contains(ip); };
  std::vector<const watcher::Member*> masters;
  for (const watcher::Member& member : members) {
    if (member.role != Role::Master) continue;
    const auto& addresses = member.addresses;
    if (is_same_master(member, leader)) {
      if (has_leader) continue;
      has_leader = true;
    } else if (!addresses.empty() && std::all_of(addresses.begin(), addresses.end(), is_taken)) {
      continue;
    }
    taken.insert(addresses.begin(), addresses.end());
    masters.push_back(&member);
  }
  if (!has_leader) masters.push_back(leader);
  return masters;
}

/// The records of one source's members.
class ClusterNames {
 public:
  ClusterNames(Members members, const Name& domain, const Naming& naming, Contribution& out)
      : members_(members), domain_(domain), naming_(naming), out_(out) {}

  void add_all() {
    add_leader();
    add_masters();
    for (const watcher::Member& member : members_) {
      if (member.role == Role::Agent) add_agent(member);
      if (member.role == Role::Framework) add_framework(member);
    }
  }

 private:
  std::optional<Name> name(std::initializer_list<std::string_view> parts) {
    return out_.name(parts, domain_);
  }

  void add_leader() {
    const watcher::Member* leader = leader_of(members_);
    if (leader == nullptr) return;
    const auto target = name({"leader"});
    out_.add_addresses(target, leader->addresses, true);
    for (const char* protocol : {"_tcp", "_udp"}) {
      add_srv(name({"_leader", protocol}), target, *leader);
    }
  }

  void add_masters() {
    const auto all = name({"master"});
    std::size_t number = 0;
    for (const watcher::Member* master : masters_of(members_)) {
      const auto own = name({fmt::format("master{}", number++)});
      out_.add_addresses(own, master->addresses, true);
      out_.add_addresses(all, master->addresses, true);
      add_pointers(master->addresses, own, naming_, true, out_);
    }
  }

  void add_agent(const watcher::Member& agent) {
    const auto target = name({"slave"});
    out_.add_addresses(target, agent.addresses, true);
    add_srv(name({"_slave", "_tcp"}), target, agent);
    add_pointers(agent.addresses, target, naming_, true, out_);
  }

  void add_framework(const watcher::Member& framework) {
    const std::string label = mesos_domain_part(framework.name, naming_.label_rule);
    if (is_reserved_framework(label)) {
      out_.refuse(framework.name, kReservedFramework);
      return;
    }
    const auto target = name({label});
    out_.add_addresses(target, framework.addresses, true);
    add_srv(name({"_framework", "_tcp", label}), target, framework);
  }

  void add_srv(const std::optional<Name>& owner,
               const std::optional<Name>& target,
               const watcher::Member& at) {
    if (!target || at.port == 0 || at.addresses.empty()) return;
    out_.add(owner, RrType::Srv, srv_rdata({.port = at.port, .target = *target}), true);
  }

  Members members_;
  const Name& domain_;
  const Naming& naming_;
  Contribution& out_;
};

}  // namespace

void add_cluster_names(Members members,
                       const Name& domain,
                       const Naming& naming,
                       Contribution& out) {
  ClusterNames(members, domain, naming, out).add_all();
}

void add_dcos_master_names(Members members, const Name& domain, const Naming&, Contribution& out) {
  if (const watcher::Member* leader = leader_of(members)) {
    out.add_addresses(out.name({"leader"}, domain), leader->addresses, true);
  }
  for (const watcher::Member* master : masters_of(members)) {
    out.add_addresses(out.name({"master"}, domain), master->addresses, true);
  }
}

void add_zookeeper_names(Members members, const Name& domain, const Naming&, Contribution& out) {
  constexpr std::size_t kNames = 5;
  const auto masters = masters_of(members);
  if (masters.empty()) return;
  for (std::size_t i = 0; i < kNames; ++i) {
    const auto owner = out.name({fmt::format("zk-{}", i + 1)}, domain);
    out.add_addresses(owner, masters[i % masters.size()]->addresses, true);
  }
}

}  // namespace dnsd
