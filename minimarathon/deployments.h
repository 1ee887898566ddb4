#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <list>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "minimarathon/event_bus.h"

namespace minimarathon {

enum class Action : std::uint8_t { Start, Scale, Restart, Stop };

/// One change under way: the actions of all its apps at once, done when every app has what it
/// wants.
struct Deployment {
  std::string id;
  std::string version;
  struct Part {
    std::string app;
    Action action;
    bool done = false;
  };
  std::vector<Part> parts;
};

/// What is being deployed. Announces begin and end on the event bus.
class Deployments {
 public:
  explicit Deployments(EventBus& bus) : bus_(bus) {}

  /// Begins a deployment; those that share an app with it end as failed. Returns its id.
  std::string begin(std::string version, std::vector<Deployment::Part> parts);
  /// The app has what its definition asks for. May end deployments.
  void app_done(const std::string& app);
  bool cancel(const std::string& id);  // False when there is none of that id.

  const std::list<Deployment>& all() const { return all_; }
  std::vector<std::string> of_app(const std::string& app) const;

 private:
  void announce(std::string_view type, const Deployment& deployment, bool with_step) const;

  EventBus& bus_;
  std::list<Deployment> all_;
};

/// As GET /v2/deployments lists it.
boost::json::object describe(const Deployment& deployment);

}  // namespace minimarathon
