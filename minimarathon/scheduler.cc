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

/// How long to wait before the next try, after so many failures in a row (at least one).
milliseconds backoff(const App& app, std::uint32_t failures) {
  const double factor = std::pow(app.backoff_factor, std::min(failures, 100U) - 1);
  const double delay = static_cast<double>(app.backoff.count()) * factor;
  const auto most = static_cast<double>(app.max_backoff.count());
  return milliseconds(static_cast<std::int64_t>(std::min(delay, most)));
}

/// The instance's part of a task id.
std::string instance_part(const std::string& id) { return id.substr(0, id.find("._app.")); }

/// Ids of an app's instances stand side by side: "shop_cart.instance-...".
template <class Slots, class Visit>
void visit_instances(Slots& slots, const std::string& app_id, Visit visit) {
  const std::string prefix = path_as_id(app_id) + ".instance-";
  for (auto at = slots.lower_bound(prefix); at != slots.end(); ++at) {
    if (!at->first.starts_with(prefix)) return;
    if (at->second->instance.app->id == app_id) visit(at->second->instance);
  }
}

}  // namespace

struct Scheduler::Slot {
  explicit Slot(boost::asio::io_context& io) : launch_timer(io) {}
  Instance instance;
  boost::asio::steady_timer launch_timer;
};

Scheduler::Scheduler(boost::asio::io_context& io,
                     const config::EmbeddedMarathon& options,
                     const Places& places,
                     const Store& store,
                     Told told)
    : io_(io),
      options_(options),
      store_(store),
      deployments_(told.deployments),
      events_(told.events),
      monitor_(
          io,
          [this](const std::string& task, std::size_t check, const CheckResult& result) {
            on_check(task, check, result);
          },
          [this](const std::string& task, bool ready) { on_readiness(task, ready); }),
      runner_(io,
              [this](const Exit& exit) {
                if (Slot* slot = slot_of_task(exit.task_id)) on_end(*slot, exit);
              }),
      launcher_(
          options, runner_, CommandTable(places.executable, options.images), places.sandboxes) {
  deployments_.on_part([this](const Deployment::Part& part) { begin_part(part); });
}

Scheduler::~Scheduler() = default;

void Scheduler::definition_changed(const std::string& app_id) {
  boost::asio::post(io_, [this, app_id] { reconcile(app_id); });
}

/// What starts has no instance yet, so there is nothing to do for it but to tell.
void Scheduler::begin_part(const Deployment::Part& part) {
  if (part.action == Action::Stop) {
    events_.health_checks_removed(*part.before);
  } else {
    events_.health_checks_added(*store_.find(part.app));
  }
  if (part.action != Action::Start) definition_changed(part.app);
}

/// The newest one, unless its turn in a deployment has still to come.
AppPtr Scheduler::definition_in_force(const std::string& app_id) const {
  const Deployments::Standing standing = deployments_.standing_of(app_id);
  return standing.turn == Deployments::Turn::Waits ? standing.before : store_.find(app_id);
}

/// Brings an app one step closer to its definition. Called again when the step has been made.
void Scheduler::reconcile(const std::string& app_id) {
  const AppPtr app = definition_in_force(app_id);
  if (!store_.find(app_id)) return wind_up(app_id);
  if (!app) return;
  const bool deploys = deployments_.standing_of(app_id).turn == Deployments::Turn::Acts;
  const RolloutStep step =
      deploys ? next_step(*app, instances_of(app_id)) : keep_count(*app, instances_of(app_id));
  for (const Instance* victim : step.kill) kill(victim->id, AfterKill::Forget);
  for (std::uint32_t i = 0; i < step.start; ++i) add_instance(app);
  if (step.done) deployments_.app_done(app_id);
}

void Scheduler::wind_up(const std::string& app_id) {
  for (const Instance* instance : instances_of(app_id)) kill(instance->id, AfterKill::Forget);
  if (!instances_of(app_id).empty()) return;
  failures_.erase(app_id);
  if (!deployments_.of_app(app_id).empty()) events_.app_terminated(app_id);
  deployments_.app_done(app_id);
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

/// What follows comes from the loop: the caller may be going through the instances.
void Scheduler::remove(const std::string& instance_id) {
  const auto slot = slots_.extract(instance_id);
  const Instance& instance = slot.mapped()->instance;
  launcher_.clean_up(instance);
  definition_changed(instance.app->id);
}

void Scheduler::launch_later(Slot& slot, milliseconds delay) {
  slot.launch_timer.expires_after(delay);
  slot.launch_timer.async_wait([this, id = slot.instance.id](boost::system::error_code error) {
    const auto found = slots_.find(id);
    if (!error && found != slots_.end()) launch(*found->second);
  });
}

/// A restart runs the definition of now.
void Scheduler::launch(Slot& slot) {
  constexpr milliseconds kUntilNextOffer{1000};
  Instance& instance = slot.instance;
  if (const AppPtr app = definition_in_force(instance.app->id)) instance.app = app;
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
  on_started(instance);
}

void Scheduler::on_started(Instance& instance) {
  instance.condition = Condition::Running;
  instance.started_at = system_clock::now();
  events_.status_update(instance, "TASK_RUNNING");
  events_.instance_changed(instance, "Running");
  monitor_.watch(instance, launcher_.sandbox_of(instance));
  reconcile(instance.app->id);
}

void Scheduler::on_end(Slot& slot, const Exit& exit) {
  Instance& instance = slot.instance;
  const bool killed = instance.condition == Condition::Killing;
  const char* how = killed ? "Killed" : exit.success ? "Finished" : "Failed";
  const char* status = killed ? "TASK_KILLED" : exit.success ? "TASK_FINISHED" : "TASK_FAILED";
  monitor_.forget(instance.task_id);
  events_.status_update(instance, status, exit.message);
  events_.instance_changed(instance, how);
  const auto now = system_clock::now();
  if (!killed && !exit.success) {
    common::log::warn("task={} failed message=\"{}\"", instance.task_id, exit.message);
    failures_[instance.app->id] = {instance, status, exit.message, now};
  }
  launcher_.give_back(instance);
  instance.condition = Condition::Scheduled;
  instance.kill_told = false;
  if (instance.goes) return remove(instance.id);
  const bool lasted = instance.started_at && now - *instance.started_at > instance.app->max_backoff;
  instance.launches_failed = killed || lasted ? 0 : instance.launches_failed + 1;
  const bool at_once = instance.launches_failed == 0;
  launch_later(slot, at_once ? milliseconds(0) : backoff(*instance.app, instance.launches_failed));
}

void Scheduler::kill(const std::string& instance_id, AfterKill after) {
  const auto found = slots_.find(instance_id);
  if (found == slots_.end()) return;
  Instance& instance = found->second->instance;
  if (after != AfterKill::Restart && !instance.goes) {
    instance.goes = true;
    if (!instance.has_task()) return remove(instance_id);
    events_.instance_changed(instance, "Running");  // Its goal has changed.
  }
  if (instance.condition == Condition::Running) kill_task(instance);
  if (after == AfterKill::Replace) definition_changed(instance.app->id);
}

void Scheduler::kill_task(Instance& instance) {
  instance.condition = Condition::Killing;
  monitor_.forget(instance.task_id);
  if (options_.task_killing) {
    instance.kill_told = true;
    events_.status_update(instance, "TASK_KILLING");
    events_.instance_changed(instance, "Killing");
  }
  runner_.kill(instance.task_id, instance.app->kill_grace.value_or(options_.kill_grace));
}

void Scheduler::forget_health() {
  for (auto& [id, slot] : slots_) {
    Instance& instance = slot->instance;
    instance.checks.assign(instance.checks.size(), {});
  }
}

void Scheduler::on_check(const std::string& task_id, std::size_t check, const CheckResult& result) {
  Slot* slot = slot_of_task(task_id);
  if (!slot || slot->instance.condition != Condition::Running) return;
  Instance& instance = slot->instance;
  const HealthCheck& rule = instance.app->checks[check];
  const std::optional<bool> healthy_before = instance.healthy();
  const CheckState::Verdict verdict =
      instance.checks[check].observe(rule, result, *instance.started_at, system_clock::now());
  if (rule.by_executor && (verdict.counted || verdict.flipped))
    events_.status_update(instance, "TASK_RUNNING");
  if (verdict.counted && !rule.by_executor) events_.failed_health_check(instance, check);
  if (verdict.flipped) events_.check_flipped(instance, check);
  if (instance.healthy() != healthy_before) events_.health_changed(instance);
  if (verdict.kill) return kill_unhealthy(instance, check);
  if (verdict.flipped) reconcile(instance.app->id);
}

/// The executor kills without a word to Marathon.
void Scheduler::kill_unhealthy(Instance& instance, std::size_t check) {
  const std::string& cause = instance.checks[check].cause();
  common::log::warn("task={} unhealthy cause=\"{}\"", instance.task_id, cause);
  if (!instance.app->checks[check].by_executor) events_.unhealthy_kill(instance, cause);
  kill(instance.id, AfterKill::Restart);
}

void Scheduler::on_readiness(const std::string& task_id, bool ready) {
  Slot* slot = slot_of_task(task_id);
  if (!slot) return;
  slot->instance.ready = ready;
  if (ready) reconcile(slot->instance.app->id);
}

Scheduler::Slot* Scheduler::slot_of_task(const std::string& task_id) {
  const auto found = slots_.find(instance_part(task_id));
  if (found == slots_.end() || found->second->instance.task_id != task_id) return nullptr;
  return found->second.get();
}

std::vector<Instance*> Scheduler::instances_of(const std::string& app_id) {
  std::vector<Instance*> found;
  visit_instances(slots_, app_id, [&](Instance& instance) { found.push_back(&instance); });
  return found;
}

Instances Scheduler::instances(const std::string& app_id) const {
  Instances found;
  visit_instances(slots_, app_id, [&](const Instance& instance) { found.push_back(&instance); });
  return found;
}

const Instance* Scheduler::find(const std::string& id) const {
  const auto found = slots_.find(instance_part(id));
  return found == slots_.end() ? nullptr : &found->second->instance;
}

const TaskFailure* Scheduler::last_failure(const std::string& app_id) const {
  const auto found = failures_.find(app_id);
  return found == failures_.end() ? nullptr : &found->second;
}

}  // namespace minimarathon
