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

/// What is to be replaced is not asked whether it is ready, only whether it may serve somebody.
bool may_serve(const Instance* instance) {
  return instance->condition == Condition::Running && instance->healthy().value_or(true);
}

std::uint32_t count_if(const std::vector<Instance*>& instances, bool (*holds)(const Instance*)) {
  return static_cast<std::uint32_t>(std::count_if(instances.begin(), instances.end(), holds));
}
std::uint32_t count_serving(const std::vector<Instance*>& instances) {
  return count_if(instances, [](const Instance* one) { return one->serves(); });
}

/// By age as killSelection says; among those of a lower rank first.
template <class Rank>
void sort_for_kill(const App& app, std::vector<Instance*>& instances, Rank rank) {
  const auto age = [&](const Instance* instance) {
    const auto started = instance->started_at.value_or(WallTime::max()).time_since_epoch();
    return app.kill_oldest_first ? started : -started;
  };
  std::stable_sort(instances.begin(), instances.end(), [&](const Instance* a, const Instance* b) {
    if (rank(a) != rank(b)) return rank(a) < rank(b);
    return age(a) < age(b);
  });
}

/// When there are too many, those that do not run yet go first; health does not count.
void sort_for_scaling(const App& app, std::vector<Instance*>& instances) {
  sort_for_kill(app, instances, [](const Instance* one) { return one->has_task() ? 1 : 0; });
}

/// When they are replaced, those that serve nobody go first.
void sort_for_replacing(const App& app, std::vector<Instance*>& instances) {
  sort_for_kill(app, instances, [](const Instance* one) {
    return one->serves() ? 2 : may_serve(one) ? 1 : 0;
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
  const std::uint32_t old_serving = count_if(groups.old, may_serve);
  const std::uint32_t serving = old_serving + count_serving(groups.current);
  const std::uint32_t spare = serving - std::min(serving, least_serving(app));
  return size_of(groups.old) - old_serving + std::min(spare, old_serving);
}

/// How many more there may be, those on their way out counted.
std::uint32_t room(const App& app, const Groups& groups) {
  const std::uint32_t serving = count_if(groups.old, may_serve) + count_serving(groups.current);
  auto most =
      static_cast<std::uint32_t>(std::floor(app.instances * (1 + app.maximum_over_capacity)));
  if (most == least_serving(app) && most <= serving) ++most;  // Else neither kill nor start.
  const std::uint32_t present = size_of(groups.current) + size_of(groups.old) + groups.leaving;
  return most - std::min(most, present);
}

std::uint32_t surplus(const App& app, std::uint32_t present) {
  return present - std::min(present, app.instances);
}

}  // namespace

RolloutStep next_step(const App& app, const std::vector<Instance*>& instances) {
  Groups groups = sort_out(app, instances);
  RolloutStep step;
  sort_for_scaling(app, groups.current);
  sort_for_replacing(app, groups.old);
  const std::uint32_t current = size_of(groups.current);
  const std::uint32_t missing = app.instances - std::min(app.instances, current);
  kill_first(groups.current, surplus(app, current), step);
  kill_first(groups.old, replaceable(app, groups), step);
  const bool alone = groups.old.empty() && groups.leaving == 0;
  step.start = alone ? missing : std::min(missing, room(app, groups));
  step.done = groups.old.empty() && groups.leaving == 0 && current == app.instances &&
              count_serving(groups.current) == current;
  return step;
}

RolloutStep keep_count(const App& app, const std::vector<Instance*>& instances) {
  std::vector<Instance*> staying = instances;
  std::erase_if(staying, [](const Instance* one) { return one->goes; });
  sort_for_scaling(app, staying);
  const std::uint32_t present = size_of(staying);
  RolloutStep step;
  kill_first(staying, surplus(app, present), step);
  step.start = app.instances - std::min(app.instances, present);
  return step;
}

}  // namespace minimarathon
