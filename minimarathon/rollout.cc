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

std::uint32_t count_ready(const std::vector<Instance*>& instances) {
  return static_cast<std::uint32_t>(std::count_if(
      instances.begin(), instances.end(), [](const Instance* i) { return i->is_ready(); }));
}

std::uint32_t size_of(const std::vector<Instance*>& instances) {
  return static_cast<std::uint32_t>(instances.size());
}

/// First those that serve nobody, then by age as killSelection says.
void sort_by_worth(const App& app, std::vector<Instance*>& instances) {
  std::stable_sort(instances.begin(), instances.end(), [&](const Instance* a, const Instance* b) {
    if (a->is_ready() != b->is_ready()) return !a->is_ready();
    return app.kill_oldest_first ? a->staged_at < b->staged_at : a->staged_at > b->staged_at;
  });
}

void kill_first(std::vector<Instance*>& from, std::size_t count, RolloutStep& step) {
  step.kill.insert(
      step.kill.end(), from.begin(), from.begin() + static_cast<std::ptrdiff_t>(count));
}

/// Old ones that are not ready may go at once; ready ones while enough others are.
std::uint32_t replaceable(const App& app, const Groups& groups) {
  const auto keep =
      static_cast<std::uint32_t>(std::ceil(app.instances * app.minimum_health_capacity));
  const std::uint32_t ready_old = count_ready(groups.old);
  const std::uint32_t ready = ready_old + count_ready(groups.current);
  const std::uint32_t spare = ready > keep ? ready - keep : 0;
  return size_of(groups.old) - ready_old + std::min(spare, ready_old);
}

std::uint32_t room(const App& app, const Groups& groups) {
  const auto keep =
      static_cast<std::uint32_t>(std::ceil(app.instances * app.minimum_health_capacity));
  auto most =
      static_cast<std::uint32_t>(std::floor(app.instances * (1 + app.maximum_over_capacity)));
  if (keep == most && !groups.old.empty()) ++most;  // Neither kill nor start would be allowed.
  const std::uint32_t present = size_of(groups.current) + size_of(groups.old) + groups.leaving;
  return most > present ? most - present : 0;
}

}  // namespace

RolloutStep next_step(const App& app, const std::vector<Instance*>& instances) {
  Groups groups = sort_out(app, instances);
  RolloutStep step;
  sort_by_worth(app, groups.current);
  sort_by_worth(app, groups.old);
  const std::uint32_t current = size_of(groups.current);
  if (current > app.instances) kill_first(groups.current, current - app.instances, step);
  kill_first(groups.old, replaceable(app, groups), step);
  const std::uint32_t missing = app.instances > current ? app.instances - current : 0;
  step.start = groups.old.empty() ? missing : std::min(missing, room(app, groups));
  step.done = groups.old.empty() && groups.leaving == 0 && current == app.instances &&
              count_ready(groups.current) == current;
  return step;
}

}  // namespace minimarathon
