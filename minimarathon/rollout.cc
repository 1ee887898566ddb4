#include "minimarathon/rollout.h"

#include <algorithm>
#include <cmath>

namespace minimarathon {
namespace {

struct Groups {
  std::vector<Instance*> current;  // Run what the definition says.
  std::vector<Instance*> old;
  std::uint32_t leaving = 0;
};

Groups sort_out(const App& app, const std::vector<Instance*>& instances) {
  Groups groups;
  for (Instance* instance : instances) {
    if (instance->goes) {
      ++groups.leaving;
    } else if (instance->app->config_version == app.config_version) {
      groups.current.push_back(instance);
    } else {
      groups.old.push_back(instance);
    }
  }
  return groups;
}

std::uint32_t size_of(const std::vector<Instance*>& instances) {
  return static_cast<std::uint32_t>(instances.size());
}

std::uint32_t count_serving(const std::vector<Instance*>& instances) {
  return static_cast<std::uint32_t>(std::count_if(
      instances.begin(), instances.end(), [](const Instance* one) { return one->serves(); }));
}

/// The first to be killed first: those that serve nobody, then by age as killSelection says.
void sort_for_kill(const App& app, std::vector<Instance*>& instances) {
  const auto age_rank = [&](const Instance* instance) {
    const auto started = instance->started_at.value_or(WallTime::max()).time_since_epoch();
    return app.kill_oldest_first ? started : -started;
  };
  std::stable_sort(instances.begin(), instances.end(), [&](const Instance* a, const Instance* b) {
    if (a->serves() != b->serves()) return !a->serves();
    return age_rank(a) < age_rank(b);
  });
}

void kill_first(const std::vector<Instance*>& from, std::uint32_t count, RolloutStep& step) {
  step.kill.insert(step.kill.end(), from.begin(), from.begin() + count);
}

std::uint32_t least_serving(const App& app) {
  return static_cast<std::uint32_t>(std::ceil(app.instances * app.minimum_health_capacity));
}

/// Old ones that serve nobody may go at once, the others as far as enough remain.
std::uint32_t replaceable(const App& app, const Groups& groups) {
  const std::uint32_t old_serving = count_serving(groups.old);
  const std::uint32_t serving = old_serving + count_serving(groups.current);
  const std::uint32_t spare = serving - std::min(serving, least_serving(app));
  return size_of(groups.old) - old_serving + std::min(spare, old_serving);
}

/// How many more there may be, those on their way out counted.
std::uint32_t room(const App& app, const Groups& groups) {
  auto most =
      static_cast<std::uint32_t>(std::floor(app.instances * (1 + app.maximum_over_capacity)));
  if (most == least_serving(app)) ++most;  // Neither a kill nor a start would be allowed.
  const std::uint32_t present = size_of(groups.current) + size_of(groups.old) + groups.leaving;
  return most - std::min(most, present);
}

}  // namespace

RolloutStep next_step(const App& app, const std::vector<Instance*>& instances) {
  Groups groups = sort_out(app, instances);
  RolloutStep step;
  sort_for_kill(app, groups.current);
  sort_for_kill(app, groups.old);
  const std::uint32_t current = size_of(groups.current);
  const std::uint32_t missing = app.instances - std::min(app.instances, current);
  kill_first(groups.current, current - std::min(current, app.instances), step);
  kill_first(groups.old, replaceable(app, groups), step);
  step.start = groups.old.empty() ? missing : std::min(missing, room(app, groups));
  step.done = groups.old.empty() && groups.leaving == 0 && current == app.instances &&
              count_serving(groups.current) == current;
  return step;
}

}  // namespace minimarathon
