#pragma once

#include <cstdint>
#include <string>

#include "config/settings.h"
#include "minimarathon/command.h"
#include "minimarathon/instance.h"
#include "minimarathon/ports.h"
#include "minimarathon/runner.h"

namespace minimarathon {

/// Finds a place for an instance (agent, address, ports, sandbox) and starts its process there.
class Launcher {
 public:
  /// `sandboxes` is a directory; every task gets a folder in it.
  Launcher(const config::EmbeddedMarathon& options,
           Runner& runner,
           CommandTable commands,
           std::string sandboxes);

  /// Gives the instance its next task id, an agent, ports and times. Error: no agent has the ports;
  /// the instance is as before.
  common::Expected<void> place(Instance& instance);
  /// Runs the process of a placed instance. Error: it cannot be executed.
  common::Expected<void> start(const Instance& instance);
  /// Gives the ports back, once the process has ended or has not started.
  void give_back(Instance& instance);
  /// Removes what the instance has left in the file system.
  void clean_up(const Instance& instance) const;

  std::string sandbox_of(const Instance& instance) const;

 private:
  bool take_ports(Instance& instance);
  std::string sandbox_of(const Instance& instance, std::uint32_t incarnation) const;
  common::IpAddress next_container_address();

  const config::EmbeddedMarathon& options_;
  Runner& runner_;
  CommandTable commands_;
  PortPool ports_;
  std::string sandboxes_;
  std::size_t next_agent_ = 0;
  std::uint32_t next_container_ = 0;
};

}  // namespace minimarathon
