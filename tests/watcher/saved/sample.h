#pragma once

#include <string>

#include "tests/watcher/catalog/sample_tasks.h"
#include "watcher/catalog/catalog.h"
#include "watcher/saved/codec.h"

namespace watcher::saved {

/// A catalog of two sources with a task that has everything a task can have.
inline Catalog sample_catalog() {
  Catalog::Options options;
  options.vips.pool = common::Ipv4Prefix::parse("11.0.0.0/8").value();
  Catalog catalog(options);
  Task task = testing::vip_task("web.1", 31000);
  task.key.scope = "framework";
  task.agent_id = "S1";
  task.version = "v1";
  task.region = "eu";
  task.zone = "eu-1";
  task.discovery_name = "shop \"quoted\"\n";
  task.ports[0].name = "http";
  task.ports[0].service_port = 10010;
  task.ports.push_back(testing::sample_port(53, {}, Protocol::Udp));
  task.ports[1].reach = Reach::Task;
  task.ports[1].addresses = {testing::ip("172.16.0.9")};
  task.addresses = {testing::ip("172.16.0.9"), testing::ip("fd00::9")};
  task.labels = Labels{{"HAPROXY_GROUP", "external"}, {"empty", ""}};
  task.state = TaskState::Killing;
  task.health = Health::Failing;
  task.ready = false;
  task.kill_grace = std::chrono::milliseconds(1234);
  const Member agent{.role = Role::Agent,
                     .id = "S1",
                     .name = "a1",
                     .addresses = {testing::ip("10.0.0.1")},
                     .port = 5051};
  const VipId web{.name = "web.marathon", .address = {}, .port = 80};
  catalog.apply({Reset{"marathon", {task, testing::vip_task("web.2", 31001)}},
                 Members{"mesos", {agent}},
                 Weights{web, {{"/web", 20}, {"/gone \"or not", 0}}},
                 Note{"rollouts", "[\n]"}});
  catalog.apply({Drains{std::set<Drain>{{DrainKind::Agent, "a2 \"quoted\""}}}});
  return catalog;
}

inline std::string encoded(const Snapshot& snapshot) {
  std::string text;
  encode(snapshot, {"marathon", "mesos"}, [&](std::string_view line) { text += line; });
  return text;
}

}  // namespace watcher::saved
