#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "dnsd/wire/name.h"
#include "dnsd/wire/rdata.h"
#include "dnsd/zone/schemes.h"

namespace dnsd {

/// One DNS zone: where it starts and what its SOA says, but for the serial.
struct Apex {
  Name name;
  Soa soa;
  bool has_nodes = true;  // Not one whose every name is an alias.
};

/// Every zone there is: the two domains, each with a name server of its own name; then whatever
/// domain of a scheme lies in none of those, the reverse zones and those that were asked for,
/// served by the first's.
/// Preconditions as of active_schemes().
std::vector<Apex> make_apexes(std::string_view mesos_domain,
                              std::string_view dcos_domain,
                              const std::vector<ActiveScheme>& schemes,
                              const std::vector<common::IpPrefix>& reverse_zones,
                              const std::vector<std::string>& more_zones,
                              std::chrono::seconds soa_minimum);

std::vector<std::string> names_of(const std::vector<Apex>& apexes);

}  // namespace dnsd
