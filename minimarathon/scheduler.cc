#include "minimarathon/scheduler.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json.hpp>
#include <cmath>
#include <utility>

#include "common/log.h"
#include "minimarathon/path.h"
#include "minimarathon/rollout.h"
#include "minimarathon/uuid.h"

namespace minimarathon {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

/// How long to wait before the next try, after so many failures in a row.
milliseconds backoff(const App& app, std::uint32_t failures) {
  const double factor = std::pow(app.backoff_factor, std::min(failures, 100U) - 1);
  const double delay = static_cast<double>(app.backoff.count()) * factor;
  return milliseconds(
      static_cast<std::int64_t>(std::min(delay, static_cast<double>(app.max_backoff.count()))));
}

/// The instance's part of a task id.
std::string_view instance_part(std::string_view id) { return id.substr(0, id.find("._app.")); }

}  // namespace

struct Scheduler::Slot {
  explicit Slot(boost::asio::io_context& io) : launch_timer(io) {}
  Instance instance;
  boost::asio::steady_timer launch_timer;
};

Scheduler::Scheduler(boost::asio::io_context& io,
                     const config::EmbeddedMarathon& options,
                     Places places,
                     const Store& store,
                     Deployments& deployments,
                     Events& events)
    : io_(io),
      options_(options),
      store_(store),
      deployments_(deployments),
      events_(events),
      monitor_(
          io,
          [this](const std::string& task, std::size_t check, const CheckResult& result) {
            on_check(task, check, result);
          },
          [this](const std::string& task, bool ready) { on_readiness(task, ready); }),
      runner_(io, [this](const Exit& exit) { on_exit(exit); }),
      launcher_(options, runner_, std::move(places.executable), std::move(places.sandboxes)) {}
Scheduler::~Scheduler() = default;

void Scheduler::reconcile(const std::string& app_id) {
  const AppPtr app = store_.find(app_id);
  std::vector<Instance*> all = instances_of(app_id);
  if (!app) {
    for (Instance* instance : all) kill(instance->id, AfterKill::Forget);
    if (!instances_of(app_id).empty()) return;
    if (!all.empty()) events_.app_terminated(app_id);
    return deployments_.app_done(app_id);
  }
  const RolloutStep step = next_step(*app, all);
  for (const Instance* victim : step.kill) kill(victim->id, AfterKill::Forget);
  for (std::uint32_t i = 0; i < step.start; ++i) add_instance(app);
  if (step.done) deployments_.app_done(app_id);
}

void Scheduler::add_instance(const AppPtr& app) {
  auto slot = std::make_unique<Slot>(io_);
  slot->instance.app = app;
  slot->instance.id = path_as_id(app->id) + ".instance-" + make_uuid();
  Slot& added = *slot;
  slots_.emplace(added.instance.id, std::move(slot));
  events_.instance_changed(added.instance, "Scheduled");
  launch_later(added, milliseconds(0));
}

void Scheduler::launch_later(Slot& slot, milliseconds delay) {
  slot.launch_timer.expires_after(delay);
  slot.launch_timer.async_wait([this, id = slot.instance.id](boost::system::error_code error) {
    const auto found = slots_.find(id);
    if (!error && found != slots_.end()) launch(*found->second);
  });
}

/// A restart runs the newest definition.
void Scheduler::launch(Slot& slot) {
  constexpr milliseconds kUntilNextOffer{1000};
  Instance& instance = slot.instance;
  if (const AppPtr newest = store_.find(instance.app->id)) instance.app = newest;
  if (const auto placed = launcher_.place(instance); !placed) {
    common::log::warn("{}", placed.error().message);
    return launch_later(slot, kUntilNextOffer);
  }
  events_.instance_changed(instance, "Provisioned");
  events_.status_update(instance, "TASK_STARTING");
  events_.instance_changed(instance, "Starting");
  if (const auto begun = launcher_.start(instance); !begun) {
    return on_end(slot, {instance.task_id, false, begun.error().message});
  }
  started(instance);
}

void Scheduler::started(Instance& instance) {
  instance.condition = Condition::Running;
  instance.started_at = system_clock::now();
  events_.status_update(instance, "TASK_RUNNING");
  events_.instance_changed(instance, "Running");
  monitor_.watch(instance, launcher_.sandbox_of(instance));
  reconcile(instance.app->id);
}

void Scheduler::kill(const std::string& instance_id, AfterKill after) {
  const auto found = slots_.find(instance_id);
  if (found == slots_.end()) return;
  Slot& slot = *found->second;
  if (after != AfterKill::Restart) slot.instance.goes = true;
  kill(slot);
  if (after != AfterKill::Replace) return;
  boost::asio::post(io_, [this, app = slot.instance.app->id] { reconcile(app); });
}

void Scheduler::kill(Slot& slot) {
  Instance& instance = slot.instance;
  switch (instance.condition) {
    case Condition::Killing:
      return;
    case Condition::Scheduled:
      if (instance.goes) remove(instance.id);
      return;
    case Condition::Running:
      break;
  }
  events_.instance_changed(instance, "Running");  // Its goal has changed.
  instance.condition = Condition::Killing;
  monitor_.forget(instance.task_id);
  events_.status_update(instance, "TASK_KILLING");
  events_.instance_changed(instance, "Killing");
  runner_.kill(instance.task_id, instance.app->kill_grace.value_or(options_.kill_grace));
}

/// From the loop's next turn: whoever is going through the instances now may finish.
void Scheduler::remove(const std::string& instance_id) {
  const auto found = slots_.find(instance_id);
  if (found == slots_.end()) return;
  const std::shared_ptr<Slot> gone = std::move(found->second);
  slots_.erase(found);
  gone->launch_timer.cancel();
  boost::asio::post(io_, [this, gone] { reconcile(gone->instance.app->id); });
}

void Scheduler::on_exit(const Exit& exit) {
  if (Slot* slot = slot_of_task(exit.task_id)) on_end(*slot, exit);
}

void Scheduler::on_end(Slot& slot, const Exit& exit) {
  Instance& instance = slot.instance;
  const bool killed = instance.condition == Condition::Killing;
  const std::string_view how = killed ? "Killed" : exit.success ? "Finished" : "Failed";
  const std::string_view status = killed         ? "TASK_KILLED"
                                  : exit.success ? "TASK_FINISHED"
                                                 : "TASK_FAILED";
  monitor_.forget(instance.task_id);
  events_.status_update(instance, status, exit.message);
  events_.instance_changed(instance, how);
  launcher_.give_back(instance);
  const bool lasted =
      instance.started_at && system_clock::now() - *instance.started_at > instance.app->max_backoff;
  instance.launches_failed = killed || lasted ? 0 : instance.launches_failed + 1;
  instance.condition = Condition::Scheduled;
  if (instance.goes) return remove(instance.id);
  const bool at_once = instance.launches_failed == 0;
  launch_later(slot, at_once ? milliseconds(0) : backoff(*instance.app, instance.launches_failed));
}

void Scheduler::on_check(const std::string& task_id, std::size_t check, const CheckResult& result) {
  Slot* slot = slot_of_task(task_id);
  if (!slot || slot->instance.condition != Condition::Running || result.ignored) return;
  Instance& instance = slot->instance;
  if (!result.passed) return on_failure(instance, check, result);
  CheckState& state = instance.checks[check];
  const bool was_alive = state.alive();
  state.last_success = system_clock::now();
  if (!state.first_success) state.first_success = state.last_success;
  state.failures = 0;
  if (was_alive) return;
  events_.health_changed(instance, true);
  reconcile(instance.app->id);
}

/// Failures within the grace period do not count until the first success. The kill comes when the
/// count was at its limit before this failure.
void Scheduler::on_failure(Instance& instance, std::size_t check, const CheckResult& result) {
  CheckState& state = instance.checks[check];
  const HealthCheck& rule = instance.app->checks[check];
  const auto now = system_clock::now();
  if (!state.first_success && instance.started_at && now - *instance.started_at < rule.grace)
    return;
  const bool was_alive = state.alive();
  const bool had_spoken = state.spoken();
  state.last_failure = now;
  state.cause = result.cause;
  ++state.failures;
  events_.failed_health_check(instance, check);
  if (was_alive || !had_spoken) events_.health_changed(instance, false);
  if (rule.max_failures == 0 || state.failures <= rule.max_failures) return;
  events_.unhealthy_kill(instance, result.cause);
  kill(instance.id, AfterKill::Restart);
}

void Scheduler::on_readiness(const std::string& task_id, bool ready) {
  Slot* slot = slot_of_task(task_id);
  if (!slot) return;
  slot->instance.ready = ready;
  if (ready) reconcile(slot->instance.app->id);
}

Scheduler::Slot* Scheduler::slot_of_task(const std::string& task_id) {
  const auto found = slots_.find(std::string(instance_part(task_id)));
  if (found == slots_.end() || found->second->instance.task_id != task_id) return nullptr;
  return found->second.get();
}

std::vector<Instance*> Scheduler::instances_of(const std::string& app_id) {
  std::vector<Instance*> found;
  for (const auto& [id, slot] : slots_) {
    if (slot->instance.app->id == app_id) found.push_back(&slot->instance);
  }
  return found;
}

Instances Scheduler::instances(const std::string& app_id) const {
  Instances found;
  for (const auto& [id, slot] : slots_) {
    if (slot->instance.app->id == app_id) found.push_back(&slot->instance);
  }
  return found;
}

Instances Scheduler::instances() const {
  Instances found;
  for (const auto& [id, slot] : slots_) found.push_back(&slot->instance);
  return found;
}

const Instance* Scheduler::find(const std::string& id) const {
  const auto found = slots_.find(std::string(instance_part(id)));
  return found == slots_.end() ? nullptr : &found->second->instance;
}

}  // namespace minimarathon
