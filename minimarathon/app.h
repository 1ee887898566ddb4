#pragma once

#include <boost/json/fwd.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "minimarathon/api_error.h"

namespace minimarathon {

/// One port of an app: a port definition (host network) or a port mapping.
struct AppPort {
  std::string name;
  std::string protocol;  // "tcp", "udp" or "udp,tcp"
  std::uint16_t service_port = 0;
  std::uint16_t container_port = 0;  // Mappings only; 0: the same as the host port.
  std::uint16_t fixed_host_port = 0;
  bool on_host = true;  // Takes a port of the agent.
};

enum class NetworkMode : std::uint8_t { Host, Bridge, Container };

enum class CheckProtocol : std::uint8_t { Http, Https, Tcp, Command };

struct HealthCheck {
  CheckProtocol protocol = CheckProtocol::Http;
  bool by_executor = false;  // A MESOS_* check: other limits, other events.
  std::string path;
  std::string command;
  std::optional<std::size_t> port_index;
  std::uint16_t port = 0;  // Instead of an index.
  std::chrono::milliseconds grace{};
  std::chrono::milliseconds interval{};
  std::chrono::milliseconds timeout{};
  std::chrono::milliseconds delay{};  // Of the first probe after the start.
  std::uint32_t max_failures = 0;     // In a row.
  bool ignore_http_1xx = false;
};

struct ReadinessCheck {
  std::string name;
  std::string path;
  std::size_t port_index = 0;
  bool https = false;
  std::chrono::milliseconds interval{};
  std::chrono::milliseconds timeout{};
  std::vector<int> ready_statuses;
};

/// One version of an app. Immutable.
struct App {
  std::string id;
  std::string version;
  std::string config_version;  // Of the last change that was more than scaling.
  std::string scaling_version;

  std::uint32_t instances = 1;
  std::string cmd;  // Empty: args or the image decide.
  std::vector<std::string> args;
  std::string image;
  NetworkMode network = NetworkMode::Host;
  std::vector<AppPort> ports;
  std::vector<HealthCheck> checks;
  std::optional<ReadinessCheck> readiness;
  std::map<std::string, std::string> env;
  std::map<std::string, std::string> labels;
  double cpus = 1;
  double mem = 128;
  double disk = 0;
  double gpus = 0;
  double minimum_health_capacity = 1;
  double maximum_over_capacity = 1;
  std::optional<std::chrono::milliseconds> kill_grace;
  std::chrono::milliseconds backoff{};
  double backoff_factor = 1;
  std::chrono::milliseconds max_backoff{};
  bool kill_oldest_first = false;
  std::vector<std::string> dependencies;  // Apps or groups, by absolute id.

  /// The definition as the API answers it, normalised, without version and counts.
  std::shared_ptr<const boost::json::object> definition;
};

using AppPtr = std::shared_ptr<const App>;

/// Gives a service port that no app has, 0 when none is left.
using ServicePortSource = std::function<std::uint16_t()>;

/// Reads an app definition: fills in defaults, brings the forms of Marathon 0.11 to 1.4 into that
/// of 1.5 and later, and refuses what cannot be. Fields we do not know are dropped, as Marathon
/// does. `id` is absolute and wins over the one inside. `previous` is the version before, if any:
/// its service ports are used again. Versions are the caller's to set.
/// Source: Marathon's app.raml, AppNormalization and AssignDynamicServiceLogic.
ApiResult<App> read_app(const boost::json::object& input,
                        const std::string& id,
                        const App* previous,
                        const ServicePortSource& service_ports);

/// `change` laid over `base`, key by key at the top level: what PUT and PATCH mean. Null means
/// unchanged.
boost::json::object overlay(const boost::json::object& base, const boost::json::object& change);

/// Would a task of one be the same as of the other, but for the number of instances?
bool differs_in_scale_only(const App& a, const App& b);

}  // namespace minimarathon
