#pragma once

#include <string>
#include <string_view>

#include "minimarathon/event_bus.h"
#include "minimarathon/instance.h"

namespace minimarathon {

/// Says what happened to instances in the words of the event bus. One function an event.
class Events {
 public:
  explicit Events(EventBus& bus) : bus_(bus) {}

  void status_update(const Instance& instance,
                     std::string_view status,
                     std::string_view message = "");
  void instance_changed(const Instance& instance, std::string_view condition);
  void check_flipped(const Instance& instance, std::size_t check);  // One of its checks.
  void health_changed(const Instance& instance);                    // All of them together.
  void failed_health_check(const Instance& instance, std::size_t check);
  void unhealthy_kill(const Instance& instance, std::string_view reason);
  void health_checks_added(const App& app);
  void health_checks_removed(const App& app);
  void app_terminated(const std::string& app_id);
  void app_posted(const std::string& client, const std::string& uri, const App& app);
  void group_changed(const std::string& group_id, const std::string& version);

 private:
  EventBus& bus_;
};

}  // namespace minimarathon
