#include "dnsd/zone/schemes.h"

#include <algorithm>
#include <cassert>
#include <string>

#include "dnsd/zone/cluster_names.h"
#include "dnsd/zone/dcos_names.h"
#include "dnsd/zone/mesos_dns_names.h"
#include "dnsd/zone/task_text.h"

namespace dnsd {
namespace {

// clang-format off
constexpr Scheme kSchemes[] = {
    // name           domain                      otherwise     what it names, and how
    {"mesos-dns",      "{mesos}",                  Unless::On,   TaskRule(add_mesos_dns_names)},
    {"cluster",        "{mesos}",                  Unless::On,   MemberRule(add_cluster_names)},
    {"txt",            "{mesos-dns}",              Unless::Off,  TaskRule(add_task_text)},
    {"agentip",        "agentip.dcos.{dcos}",      Unless::On,   TaskRule(add_agentip_name)},
    {"containerip",    "containerip.dcos.{dcos}",  Unless::On,   TaskRule(add_containerip_name)},
    {"autoip",         "autoip.dcos.{dcos}",       Unless::On,   TaskRule(add_autoip_name)},
    {"l4lb",           "l4lb.{dcos}",              Unless::On,   VipRule(add_l4lb_name)},
    {"dcos-masters",   "dcos.{dcos}",              Unless::On,   MemberRule(add_dcos_master_names)},
    {"zk",             "zk",                       Unless::On,   MemberRule(add_zookeeper_names)},
    {"thisnode",       "thisnode.{dcos}",          Unless::On,   FixedRule(add_thisnode_name)},
    {"spartan",        "spartan",                  Unless::On,   FixedRule(add_spartan_names)},
    {"localhost",      "localhost",                Unless::On,   FixedRule(add_localhost_name)},
    {"dclb",           "dclb.{dcos}",              Unless::On,   Alias{"{l4lb}"}},
    {"dcos-mesos",     "mesos.{dcos}",             Unless::On,   Alias{"{mesos-dns}"}},
    {"global",         "thisdcos.global",          Unless::On,   Alias{"{dcos}"}},
    {"cluster-id",     "",                         Unless::Off,  Alias{"{dcos}"}},
};
// clang-format on

/// The table and the choices, read together.
class TableReader {
 public:
  TableReader(const config::Schemes& choices, std::string_view mesos, std::string_view dcos)
      : choices_(choices.choices), mesos_(mesos), dcos_(dcos) {}

  /// Nothing when the scheme is off.
  std::optional<ActiveScheme> read(const Scheme& scheme) const {
    const std::string_view choice = choice_of(scheme);
    if (choice == "off") return std::nullopt;
    const std::string domain = domain_of(scheme);
    if (domain.empty()) return std::nullopt;  // "on" says not where.
    ActiveScheme active{name_of(domain), scheme.rule, {}, scheme.name};
    if (const auto* alias = std::get_if<Alias>(&scheme.rule)) {
      active.target = name_of(expand(alias->target));
    }
    return active;
  }

 private:
  static Name name_of(const std::string& domain) {
    auto name = Name::from_text(domain);
    assert(name);
    name->make_lower();
    return *name;
  }

  std::string_view choice_of(const Scheme& scheme) const {
    const auto choice = choices_.find(std::string(scheme.name));
    if (choice != choices_.end()) return choice->second;
    return scheme.otherwise == Unless::On ? "on" : "off";
  }

  std::string domain_of(const Scheme& scheme) const {
    const std::string_view choice = choice_of(scheme);
    return choice == "on" || choice == "off" ? expand(scheme.domain) : std::string(choice);
  }

  /// "l4lb.{dcos}" with what stands for {dcos}. Only one, and at the end.
  std::string expand(std::string_view pattern) const {
    const std::size_t brace = pattern.find('{');
    if (brace == std::string_view::npos) return std::string(pattern);
    const std::string_view key = pattern.substr(brace + 1, pattern.size() - brace - 2);
    std::string domain(pattern.substr(0, brace));
    if (key == "mesos") return domain + std::string(mesos_);
    if (key == "dcos") return domain + std::string(dcos_);
    const auto is_meant = [key](const Scheme& scheme) { return scheme.name == key; };
    return domain + domain_of(*std::find_if(std::begin(kSchemes), std::end(kSchemes), is_meant));
  }

  const std::map<std::string, std::string>& choices_;
  const std::string_view mesos_;
  const std::string_view dcos_;
};

}  // namespace

std::span<const Scheme> schemes() { return kSchemes; }

std::vector<ActiveScheme> active_schemes(const config::Schemes& choices,
                                         std::string_view mesos_domain,
                                         std::string_view dcos_domain) {
  const TableReader reader(choices, mesos_domain, dcos_domain);
  std::vector<ActiveScheme> active;
  for (const Scheme& scheme : kSchemes) {
    if (auto used = reader.read(scheme)) active.push_back(std::move(*used));
  }
  return active;
}

}  // namespace dnsd
