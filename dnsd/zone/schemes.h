#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "dnsd/wire/name.h"
#include "dnsd/zone/contribution.h"
#include "dnsd/zone/health_policy.h"
#include "watcher/vips/vip.h"

namespace dnsd {

enum class Domain : std::uint8_t { Mesos, Dcos };

/// A way of naming tasks: a pure function from a task to records below one domain.
struct TaskScheme {
  std::string_view title;
  Domain domain;
  void (*contribute)(const watcher::Task& task,
                     const Name& domain,
                     const HealthPolicy& health,
                     Contribution& out);
};

/// A way of naming VIPs. A VIP's name stands as long as the VIP: its address never moves with the
/// health of what is behind it.
struct VipScheme {
  std::string_view title;
  Domain domain;
  void (*contribute)(const watcher::Vip& vip, const Name& domain, Contribution& out);
};

/// Every scheme there is.
std::span<const TaskScheme> task_schemes();
std::span<const VipScheme> vip_schemes();

}  // namespace dnsd
