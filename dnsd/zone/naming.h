#pragma once

#include <vector>

#include "common/ip.h"
#include "common/prefix.h"
#include "config/settings.h"
#include "dnsd/zone/health_policy.h"

namespace dnsd {

/// What the operator decided about names of every scheme.
struct Naming {
  HealthPolicy health{config::DnsHealth::PreferPassing};
  config::LabelRule label_rule = config::LabelRule::Rfc1123;
  std::vector<config::AddressSource> address_order{config::AddressSource::Task,
                                                   config::AddressSource::Agent};
  std::vector<common::IpPrefix> reverse_zones;
  std::vector<common::IpAddress> own_addresses;  // Where this dnsd is reached.
  config::Node host;                             // Where it stands,
  config::PreferLocal prefer_local{};            // and which tasks count first for that.
};

}  // namespace dnsd
