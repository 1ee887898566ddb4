#pragma once

#include <memory>

#include "dnsd/zone/zone_builder.h"
#include "tests/dnsd/zone/tasks.h"

namespace dnsd::testing {

/// Zones with a service of `instances` tasks, web.marathon.mesos, each with its own addresses of
/// both families, two ports and a VIP, and a name server.
inline std::shared_ptr<const Zone> sample_zone(std::uint32_t instances) {
  ZoneOptions options;
  options.naming.own_addresses = {ip("10.0.0.53"), ip("fd00::53")};
  watcher::Change change;
  change.generation = 7;
  change.synced = true;
  for (std::uint32_t i = 0; i < instances; ++i) {
    auto task = sample_task("web." + std::to_string(i));
    task.agent_addresses = {common::IpAddress::v4(0x0a000000 + i)};
    task.addresses = {common::IpAddress::v4(0x0a200000 + i), ip("fd01::1")};
    task.host_ports = {31000, 31001};
    change.tasks.push_back({nullptr, share(std::move(task))});
  }
  watcher::Vip vip;
  vip.id = {.name = "web.marathon", .address = {}, .port = 80};
  vip.address = ip("11.1.2.3");
  change.vips.push_back({nullptr, std::make_shared<const watcher::Vip>(vip)});
  return ZoneBuilder(options).apply(change);
}

}  // namespace dnsd::testing
