#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "minimarathon/deployments.h"
#include "minimarathon/documents.h"
#include "minimarathon/events.h"
#include "minimarathon/health_monitor.h"
#include "minimarathon/launcher.h"
#include "minimarathon/store.h"

namespace minimarathon {

/// Makes what runs what the store says: starts, restarts with a growing delay, replaces, kills.
/// Tells the event bus of every step. Lives on the API's thread.
class Scheduler {
 public:
  struct Places {
    std::string executable;  // The program with the built-in servers.
    std::string sandboxes;   // A directory; each task gets a folder in it.
  };
  struct Told {
    Deployments& deployments;
    Events& events;
  };
  Scheduler(boost::asio::io_context& io,
            const config::EmbeddedMarathon& options,
            const Places& places,
            const Store& store,
            Told told);
  ~Scheduler();  // Kills every process.

  /// The definition of this app is new, changed or gone. Acts from the loop, not within the call.
  void definition_changed(const std::string& app_id);

  enum class AfterKill : std::uint8_t { Restart, Replace, Forget };
  /// Kills the instance of a task: Restart it, Replace it by a new instance, or Forget it (its app
  /// was scaled down for it).
  void kill(const std::string& instance_id, AfterKill after);

  /// A new leader knows no results of checks until the next ones come.
  void forget_health();

  /// Valid until the loop goes on.
  Instances instances(const std::string& app_id) const;
  /// By any task id of it, or its own; null when there is none.
  const Instance* find(const std::string& task_or_instance_id) const;
  const TaskFailure* last_failure(const std::string& app_id) const;

 private:
  struct Slot;

  void begin_part(const Deployment::Part& part);
  AppPtr definition_in_force(const std::string& app_id) const;

  Slot* slot_of_task(const std::string& task_id);
  std::vector<Instance*> instances_of(const std::string& app_id);

  void reconcile(const std::string& app_id);
  void wind_up(const std::string& app_id);
  void add_instance(const AppPtr& app);
  void remove(const std::string& instance_id);

  void launch(Slot& slot);
  void launch_later(Slot& slot, std::chrono::milliseconds delay);
  void on_started(Instance& instance);
  void on_end(Slot& slot, const Exit& exit);
  void kill_task(Instance& instance);

  void on_check(const std::string& task_id, std::size_t check, const CheckResult& result);
  void kill_unhealthy(Instance& instance, std::size_t check);
  void on_readiness(const std::string& task_id, bool ready);

  boost::asio::io_context& io_;
  const config::EmbeddedMarathon& options_;
  const Store& store_;
  Deployments& deployments_;
  Events& events_;
  std::map<std::string, std::unique_ptr<Slot>> slots_;  // By instance id.
  std::map<std::string, TaskFailure> failures_;         // The last of each app.
  HealthMonitor monitor_;
  Runner runner_;
  Launcher launcher_;
};

}  // namespace minimarathon
