#include "minimarathon/launcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "minimarathon/environment.h"

namespace minimarathon {
namespace {

using common::ErrorCode;
using common::Expected;
using common::IpAddress;
namespace fs = std::filesystem;

std::string task_id_of(const Instance& instance, std::uint32_t incarnation) {
  return fmt::format("{}._app.{}", instance.id, incarnation);
}

/// A container network needs no agent's port; then the task can have an address of its own.
bool has_own_address(const App& app) {
  return app.network == NetworkMode::Container &&
         std::none_of(
             app.ports.begin(), app.ports.end(), [](const AppPort& port) { return port.on_host; });
}

}  // namespace

Launcher::Launcher(const config::EmbeddedMarathon& options,
                   Runner& runner,
                   CommandTable commands,
                   std::string sandboxes)
    : options_(options),
      runner_(runner),
      commands_(std::move(commands)),
      ports_(static_cast<std::uint16_t>(options.first_port),
             static_cast<std::uint16_t>(options.last_port)),
      sandboxes_(std::move(sandboxes)) {}

Expected<void> Launcher::place(Instance& instance) {
  bool taken = false;
  for (std::size_t tries = 0; !taken && tries < options_.agents.size(); ++tries) {
    instance.agent = next_agent_++ % options_.agents.size();
    instance.host = options_.agents[instance.agent];
    taken = take_ports(instance);
  }
  if (!taken) {
    return common::fail(
        ErrorCode::Conflict,
        fmt::format("app={} waits: no agent has its ports free; free some, or widen "
                    "minimarathon.first_port and last_port",
                    instance.app->id));
  }
  instance.address = has_own_address(*instance.app) ? next_container_address() : instance.host;
  std::error_code ignored;  // Of the failures only the last leaves its traces.
  if (instance.incarnation > 1)
    fs::remove_all(sandbox_of(instance, instance.incarnation - 1), ignored);
  instance.task_id = task_id_of(instance, ++instance.incarnation);
  instance.checks.assign(instance.app->checks.size(), {});
  instance.ready = false;
  instance.staged_at = std::chrono::system_clock::now();
  instance.started_at.reset();
  return {};
}

/// Every port that the process listens on; those of the agent come from its range.
bool Launcher::take_ports(Instance& instance) {
  for (const AppPort& port : instance.app->ports) {
    std::optional<std::uint16_t> taken = port.container_port;
    if (port.on_host && port.fixed_host_port == 0) {
      taken = ports_.take(instance.host);
    } else if (port.on_host) {
      taken = port.fixed_host_port;
      if (!ports_.take(instance.host, port.fixed_host_port)) taken.reset();
    }
    if (!taken) {
      give_back(instance);
      return false;
    }
    if (port.on_host) instance.host_ports.push_back(*taken);
    instance.bound_ports.push_back(*taken);
  }
  return true;
}

Expected<void> Launcher::start(const Instance& instance) {
  const std::string sandbox = sandbox_of(instance);
  const auto started = runner_.start({.task_id = instance.task_id,
                                      .argv = commands_.command_for(instance),
                                      .env = environment_of(instance, sandbox),
                                      .sandbox = sandbox});
  if (!started) return tl::unexpected(started.error());
  return {};
}

void Launcher::give_back(Instance& instance) {
  for (const std::uint16_t port : instance.host_ports) ports_.give_back(instance.host, port);
  instance.host_ports.clear();
  instance.bound_ports.clear();
}

void Launcher::clean_up(const Instance& instance) const {
  std::error_code ignored;
  for (const std::uint32_t last : {instance.incarnation, instance.incarnation - 1}) {
    fs::remove_all(sandbox_of(instance, last), ignored);
  }
}

std::string Launcher::sandbox_of(const Instance& instance) const {
  return sandbox_of(instance, instance.incarnation);
}

std::string Launcher::sandbox_of(const Instance& instance, std::uint32_t incarnation) const {
  return sandboxes_ + "/" + task_id_of(instance, incarnation);
}

/// Loopback addresses that are no agent's: from 127.0.64.1 on, within 127.0.64.0/18.
IpAddress Launcher::next_container_address() {
  constexpr std::uint32_t kFirst = 0x7f004001;
  constexpr std::uint32_t kCount = 0x3ffe;
  return IpAddress::v4(kFirst + next_container_++ % kCount);
}

}  // namespace minimarathon
