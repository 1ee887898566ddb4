#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/interfaces.h"
#include "common/ip.h"
#include "common/result.h"
#include "config/check.h"
#include "config/vip_choices.h"
#include "watcher/locality.h"
#include "watcher/task.h"

namespace watcher {

/// Identity of a VIP: (FQDN or address, port, protocol), never the raw label (design decision 2).
struct VipId {
  std::string name;   // "sise.marathon" for a named VIP; empty for the other kinds.
  IpAddress address;  // Unspecified for a named VIP.
  std::uint16_t port = 0;
  Protocol protocol = Protocol::Tcp;

  friend auto operator<=>(const VipId&, const VipId&) = default;
  std::string to_string() const;  // "sise.marathon:80/tcp", "1.2.3.4:80/tcp"
  /// As to_string() has it; TCP where no protocol is named.
  static std::optional<VipId> parse(std::string_view text);
};

/// Shares of the pools of one VIP, by app; 0: nothing new.
using PoolWeights = std::map<std::string, std::uint32_t, std::less<>>;
constexpr std::uint32_t kMaxWeight = 1'000'000;

/// What the operator decided about the pools of one VIP; no pools: labels decide.
struct Shares {
  PoolWeights pools;
  config::DrainRule at_rest = {};  // What becomes of the connections to pools that got weight 0.

  friend bool operator==(const Shares&, const Shares&) = default;
};

enum class VipKind : std::uint8_t { Named, Address, ServicePort };

enum class BackendState : std::uint8_t {
  Passing,   // Takes connections.
  Failing,   // Takes them only when nothing passes (panic).
  Draining,  // Takes nothing new, keeps what it has.
};

/// What labels ask for one port of an app; where they are silent, the configuration decides.
struct PortOptions {
  std::optional<std::uint32_t> weight;  // Share of the pool among those of a VIP; 0: nothing new.
  std::optional<config::Balance> balance;
  std::optional<config::Drain> drain;
  std::optional<std::chrono::milliseconds> drain_timeout;
  std::optional<bool> accept_proxy;  // Clients of the VIP begin with a PROXY header.
  std::optional<config::ProxyVersion> send_proxy;
  SharedString server_names;  // Those of TLS clients that reach it at vip.sni_listen, by commas.

  friend auto operator<=>(const PortOptions&, const PortOptions&) = default;
};

/// One endpoint behind a VIP.
struct Backend {
  common::SocketAddress endpoint;
  BackendState state = BackendState::Passing;
  TaskKey task;
  SharedString app;                       // The pool it belongs to.
  std::chrono::milliseconds drain{3000};  // The time its task has to end.
  PortOptions options = {};
  config::SharedCheck check = {};       // How it is checked.
  Nearness near = Nearness::Elsewhere;  // The nearest get new connections while any of them can.
  bool drained = false;  // It drains as the operator said so: its task stays, and so do sessions.
  /// The weight that the operator gave its pool, in place of what labels ask for.
  std::optional<std::uint32_t> assigned_weight = {};
  config::DrainRule at_rest = {};  // Of its connections, while that weight is 0.

  std::optional<std::uint32_t> weight() const {
    return assigned_weight ? assigned_weight : options.weight;
  }
  friend auto operator<=>(const Backend&, const Backend&) = default;
};

/// A virtual service: where clients connect to, and what stands behind it.
struct Vip {
  VipId id;
  VipKind kind = VipKind::Named;
  IpAddress address;  // Where it listens; for a named VIP from the pool.
  std::vector<Backend>
      backends;  // Sorted, no two alike; may be empty while only starting tasks exist.

  friend bool operator==(const Vip&, const Vip&) = default;
};

/// What the operator decided about VIPs.
struct VipRules {
  common::Ipv4Prefix pool;          // Named VIPs get their address here.
  IpAddress service_address;        // Service ports listen here.
  std::vector<std::string> groups;  // HAPROXY_GROUPs whose service ports are opened; "*" is all.
  std::map<std::string, IpAddress> remembered = {};  // Addresses that named VIPs had last time.
  bool follow_definitions = true;                    // Checks of the orchestrators count.
  bool commands_in_labels = false;                   // A label may hold a command.
  std::map<std::string, config::Check> app_checks = {};
  std::map<std::string, config::Check> named_checks = {};
  config::Node node = {};  // Where we are, and who counts as near.
  config::PreferLocal prefer_local = config::PreferLocal::Off;
  /// What this host's interfaces are in; addresses there that are not its own belong to others.
  std::vector<common::InterfaceNetwork> networks = {};
};

}  // namespace watcher

template <>
struct std::hash<watcher::VipId> {
  std::size_t operator()(const watcher::VipId& id) const noexcept;
};
