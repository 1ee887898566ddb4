#include "minimarathon/launcher.h"

#include <fmt/format.h>

#include <utility>

#include "minimarathon/environment.h"

namespace minimarathon {

using common::ErrorCode;
using common::Expected;
using common::IpAddress;

Launcher::Launcher(const config::EmbeddedMarathon& options,
                   Runner& runner,
                   std::string executable,
                   std::string sandboxes)
    : options_(options),
      runner_(runner),
      commands_(std::move(executable), options.images),
      ports_(static_cast<std::uint16_t>(options.first_port),
             static_cast<std::uint16_t>(options.last_port)),
      sandboxes_(std::move(sandboxes)) {}

Expected<void> Launcher::place(Instance& instance) {
  instance.agent = next_agent_++ % options_.agents.size();
  instance.host = options_.agents[instance.agent];
  instance.address =
      instance.app->network == NetworkMode::Container ? next_container_address() : instance.host;
  if (auto taken = take_ports(instance); !taken) {
    give_back(instance);
    return taken;
  }
  ++instance.incarnation;
  instance.task_id = fmt::format("{}._app.{}", instance.id, instance.incarnation);
  instance.checks.assign(instance.app->checks.size(), {});
  instance.ready = instance.app->readiness ? std::optional(false) : std::nullopt;
  instance.staged_at = std::chrono::system_clock::now();
  instance.started_at.reset();
  return {};
}

/// Every port that the process listens on; those of the agent come from its range.
Expected<void> Launcher::take_ports(Instance& instance) {
  for (const AppPort& port : instance.app->ports) {
    if (!port.on_host) {
      instance.bound_ports.push_back(port.container_port);
      continue;
    }
    std::optional<std::uint16_t> taken = port.fixed_host_port;
    if (port.fixed_host_port == 0) {
      taken = ports_.take(instance.host);
    } else if (!ports_.take(instance.host, port.fixed_host_port)) {
      taken.reset();
    }
    if (!taken) {
      return common::fail(ErrorCode::Conflict,
                          fmt::format("no port for {} on agent {}: free one, or widen "
                                      "minimarathon.first_port and last_port",
                                      instance.id,
                                      instance.host.to_string()));
    }
    instance.host_ports.push_back(*taken);
    instance.bound_ports.push_back(*taken);
  }
  return {};
}

Expected<void> Launcher::start(const Instance& instance) {
  Launch launch{.task_id = instance.task_id,
                .argv = commands_.command_for(instance),
                .env = environment_of(instance, sandbox_of(instance)),
                .sandbox = sandbox_of(instance)};
  const auto started = runner_.start(launch);
  if (!started) return tl::unexpected(started.error());
  return {};
}

void Launcher::give_back(Instance& instance) {
  for (const std::uint16_t port : instance.host_ports) ports_.give_back(instance.host, port);
  instance.host_ports.clear();
  instance.bound_ports.clear();
}

std::string Launcher::sandbox_of(const Instance& instance) const {
  return sandboxes_ + "/" + instance.task_id;
}

/// Loopback addresses that are no agent's: 127.0.64.1 and on, round a quarter of 127.0.0.0/16.
IpAddress Launcher::next_container_address() {
  constexpr std::uint32_t kFirst = 0x7f004001;
  constexpr std::uint32_t kCount = 0x3ffe;
  return IpAddress::v4(kFirst + next_container_++ % kCount);
}

}  // namespace minimarathon
