#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/settings.h"
#include "minimarathon/command.h"
#include "minimarathon/instance.h"
#include "minimarathon/ports.h"
#include "minimarathon/runner.h"

namespace minimarathon {

/// Finds a place for an instance (agent, addresses, ports) and starts its process there.
class Launcher {
 public:
  Launcher(const config::EmbeddedMarathon& options,
           Runner& runner,
           std::string executable,
           std::string sandboxes);

  /// Gives the instance its next task id, an agent, ports and times. Error: no port is free; what
  /// was taken is given back and the instance is as before.
  common::Expected<void> place(Instance& instance);
  /// Runs the process of a placed instance. Error: it cannot be executed.
  common::Expected<void> start(const Instance& instance);
  /// Gives the place back, once the process has ended or has not started.
  void give_back(Instance& instance);

  std::string sandbox_of(const Instance& instance) const;

 private:
  common::Expected<void> take_ports(Instance& instance);
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
