#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <utility>
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
    AppPtr before;         // Its definition before the change; null when it is new.
    std::size_t rank = 0;  // Its turn among those that depend on one another.
    bool done = false;
  };
  using Step = std::vector<Part>;

  std::string id;
  std::string version;
  std::vector<Step> steps;
  std::size_t current = 0;
};

/// In the order of Marathon's plans: what stops, what starts (with no instance yet), then by rank
/// what is scaled or restarted. Pure. Source: Marathon's DeploymentPlan.
std::vector<Deployment::Step> plan_steps(const std::vector<Deployment::Part>& parts);

/// What is being deployed. Announces every step on the event bus.
class Deployments {
 public:
  using OnPart = std::function<void(const Deployment::Part&)>;

  explicit Deployments(EventBus& bus) : bus_(bus) {}

  /// Called for every part of a step that begins.
  void on_part(OnPart begin_part) { begin_part_ = std::move(begin_part); }

  /// Begins a deployment; those that share an app with it end as failed. Returns its id.
  std::string begin(const std::string& version, const std::vector<Deployment::Part>& parts);
  /// The app has what its definition asks for. May end its step, and the deployment.
  void app_done(const std::string& app);
  bool cancel(const std::string& id);  // False when there is none of that id.

  /// Whether a deployment changes this app right now, will do so in a later step, or neither.
  enum class Turn : std::uint8_t { None, Waits, Acts };
  struct Standing {
    Turn turn = Turn::None;
    AppPtr before;  // The definition that holds while it waits; null when there was none.
  };
  Standing standing_of(const std::string& app) const;

  const std::list<Deployment>& all() const { return all_; }
  const Deployment* find(const std::string& id) const;
  std::vector<std::string> of_app(const std::string& app) const;

 private:
  void enter_step(const Deployment& deployment) const;
  void go_on(std::list<Deployment>::iterator deployment);
  void announce_step(std::string_view type, const Deployment& deployment) const;
  void announce(std::string_view type, const Deployment& deployment) const;

  EventBus& bus_;
  OnPart begin_part_ = [](const Deployment::Part&) {};
  std::list<Deployment> all_;
};

/// As GET /v2/deployments lists it. `readiness` gives the results of an app's readiness checks.
boost::json::object describe(
    const Deployment& deployment,
    const std::function<boost::json::array(const std::string& app)>& readiness);

}  // namespace minimarathon
