#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "minimarathon/app.h"
#include "minimarathon/event_bus.h"

namespace minimarathon {

enum class Action : std::uint8_t { Start, Scale, Restart, Stop };

/// One change under way: steps one after the other, each done when all its apps have what they
/// want.
struct Deployment {
  struct Part {
    std::string app;
    Action action;
    AppPtr before;  // Its definition before the change; null when it is new.
    bool done = false;
  };
  using Step = std::vector<Part>;

  std::string id;
  std::string version;
  std::vector<Step> steps;
  std::size_t current = 0;
};

/// What is being deployed. Announces every step on the event bus.
class Deployments {
 public:
  explicit Deployments(EventBus& bus) : bus_(bus) {}

  /// Begins a deployment; those that share an app with it end as failed. An app that starts is
  /// scaled in a second step, which the first does not wait for. Returns the deployment's id.
  std::string begin(const std::string& version, std::vector<Deployment::Part> parts);
  /// The app has what its definition asks for. May end its deployment.
  void app_done(const std::string& app);
  bool cancel(const std::string& id);  // False when there is none of that id.

  const std::list<Deployment>& all() const { return all_; }
  const Deployment* find(const std::string& id) const;
  std::vector<std::string> of_app(const std::string& app) const;

 private:
  void announce_step(std::string_view type, const Deployment& deployment) const;
  void announce(std::string_view type, const Deployment& deployment) const;

  EventBus& bus_;
  std::list<Deployment> all_;
};

/// As GET /v2/deployments lists it.
boost::json::object describe(const Deployment& deployment);

}  // namespace minimarathon
