#include "dnsd/zone/apexes.h"

#include <algorithm>
#include <cassert>

#include "dnsd/zone/reverse.h"

namespace dnsd {
namespace {

Name name_of(std::string_view domain) {
  Name name = Name::from_text(domain).value();
  name.make_lower();
  return name;
}

Name below(std::string_view label, const Name& parent) {
  Name name;
  const bool fits = name.append_label(label) && name.append(parent);
  assert(fits);
  static_cast<void>(fits);
  return name;
}

Apex make_apex(const Name& name, const Name& name_server, std::chrono::seconds minimum) {
  Apex apex{.name = name, .soa = {}};
  apex.soa.name_server = name_server;
  apex.soa.mailbox = below("root", name_server);
  apex.soa.minimum_s = static_cast<std::uint32_t>(minimum.count());
  return apex;
}

bool is_in_one_of(const std::vector<Apex>& apexes, const Name& name) {
  return std::any_of(apexes.begin(), apexes.end(), [&name](const Apex& apex) {
    return is_at_or_below(name.wire(), apex.name.wire());
  });
}

bool is_alias(const ActiveScheme& scheme) { return std::holds_alternative<Alias>(scheme.rule); }

/// The domains of schemes, those first that others may lie in; of one domain those with nodes.
std::vector<ActiveScheme> from_the_top(std::vector<ActiveScheme> schemes) {
  std::stable_sort(schemes.begin(), schemes.end(), [](const auto& a, const auto& b) {
    if (a.domain.size() != b.domain.size()) return a.domain.size() < b.domain.size();
    return is_alias(a) < is_alias(b);
  });
  return schemes;
}

/// Those first that others may lie in.
std::vector<Name> from_the_top(std::vector<Name> names) {
  std::sort(
      names.begin(), names.end(), [](const Name& a, const Name& b) { return a.size() < b.size(); });
  return names;
}

}  // namespace

std::vector<Apex> make_apexes(std::string_view mesos_domain,
                              std::string_view dcos_domain,
                              const std::vector<ActiveScheme>& schemes,
                              const std::vector<common::IpPrefix>& reverse_zones,
                              const std::vector<std::string>& more_zones,
                              std::chrono::seconds soa_minimum) {
  std::vector<Apex> apexes;
  for (const std::string_view domain : {mesos_domain, dcos_domain}) {
    const Name name = name_of(domain);
    apexes.push_back(make_apex(name, below("ns1", name), soa_minimum));
  }
  const Name name_server = apexes.front().soa.name_server;
  for (const ActiveScheme& scheme : from_the_top(schemes)) {
    if (is_in_one_of(apexes, scheme.domain)) continue;
    apexes.push_back(make_apex(scheme.domain, name_server, soa_minimum));
    apexes.back().has_nodes = !is_alias(scheme);
  }
  std::vector<Name> more;
  for (const common::IpPrefix& zone : reverse_zones) more.push_back(reverse_apex(zone));
  for (const std::string& zone : more_zones) more.push_back(name_of(zone));
  for (const Name& name : from_the_top(std::move(more))) {
    if (!is_in_one_of(apexes, name)) apexes.push_back(make_apex(name, name_server, soa_minimum));
  }
  return apexes;
}

std::vector<std::string> names_of(const std::vector<Apex>& apexes) {
  std::vector<std::string> names;
  for (const Apex& apex : apexes) names.emplace_back(apex.name.wire());
  return names;
}

}  // namespace dnsd
