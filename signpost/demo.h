#pragma once

#include <string>

#include "common/ip.h"
#include "common/result.h"
#include "config/settings.h"

namespace signpost {

/// Where the parts of the demo are reached, and what the kernel lets it do.
struct DemoPlaces {
  std::string marathon;  // http://127.0.0.1:8080
  common::SocketAddress dns;
  std::string admin;  // http://127.0.0.1:8181
  std::string dcos_domain;
  std::string mesos_domain;
  std::string vip_pool;
  bool owns_vip_pool = false;
  bool low_ports = false;  // May listen below 1024.

  std::uint16_t vip_port() const { return low_ports ? 80 : 8000; }
};

/// The settings of `signpost demo` without a configuration file: loopback only, quiet log.
config::Settings demo_settings();

/// The workshop's app, lab DC/OS 103. Where port 80 is out of reach its VIP has a second port.
std::string sise_app(const DemoPlaces& places, int instances);

/// Starts everything with an embedded Marathon, deploys the app, prints the screen and waits for
/// Ctrl-C. With `tour`, walks through the lab instead and returns whether every step held.
common::Expected<bool> demo(const config::Settings& settings, bool tour);

}  // namespace signpost
