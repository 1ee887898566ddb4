#pragma once

#include <boost/json/fwd.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "minimarathon/instance.h"

/// What the API answers, in the shape of Marathon 1.8.
namespace minimarathon {

using Instances = std::vector<const Instance*>;

/// The Mesos framework id, and the agent id of a pretended agent.
std::string_view framework_id();
std::string agent_id(std::size_t agent);

boost::json::array describe_addresses(const Instance& instance);

enum class ServicePorts : std::uint8_t { Left, Told };
/// One task; service ports are told by GET /v2/tasks only.
boost::json::object describe_task(const Instance& instance, ServicePorts service_ports);
boost::json::array describe_tasks(const Instances& instances, ServicePorts service_ports);

/// What the readiness checks of these found so far.
boost::json::array describe_readiness(const Instances& instances);

/// The definition with its version.
boost::json::object describe_definition(const App& app);

/// What `embed` asked for: "apps.tasks", "app.tasks" and "tasks" are one.
class Embeds {
 public:
  explicit Embeds(const std::vector<std::string>& values);
  bool has(std::string_view what) const { return asked_.contains(what); }
  void add(std::string what) { asked_.insert(std::move(what)); }

 private:
  std::set<std::string, std::less<>> asked_;
};

/// What the API knows of an app beside its definition.
struct AppView {
  Instances instances{};
  std::vector<std::string> deployments{};  // Their ids.
  const TaskFailure* failure = nullptr;    // The last, if any.
};
boost::json::object describe_app(const App& app, const AppView& view, const Embeds& embeds);

}  // namespace minimarathon
