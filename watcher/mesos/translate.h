#pragma once

#include <span>
#include <string>
#include <string_view>

#include "watcher/mesos/model.h"

namespace watcher::mesos {

/// What a task is shown with besides itself.
struct Surroundings {
  std::string_view source;  // TaskKey::source of every task.
  std::string_view framework;
  std::span<const IpAddress> agent_addresses;
  std::string_view region;  // Of the agent,
  std::string_view zone;    // as is this.
  bool agent_drains = false;
};

/// Puts a task into the neutral model. Where a discovery port is open:
///   network-scope: host         agent : number
///   network-scope: container    task's address : number
///   neither, number held        agent : number        (one of the task's port resources)
///   neither, number mapped      agent : host port     (of the mapping to that container port)
///   neither                     task's address : number, or the agent's while it has none
/// Mesos-DNS would send clients to the task's address in all cases but the first; a mapped port is
/// often all that can be reached from other agents (so DC/OS has it too).
Task to_task(const TaskFacts& facts, const Observed& observed, const Surroundings& around);

/// The unit people deploy. Marathon names the tasks of "/shop/cart" "cart.shop", with ids such as
/// "shop_cart.7084272b-6b76-11e5-a953-08002719334a" or "shop_cart.instance-7084....": for these
/// Marathon's own id of the app, for all others the task's name.
std::string app_of(std::string_view name, std::string_view id);

}  // namespace watcher::mesos
