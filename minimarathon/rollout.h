#pragma once

#include <cstdint>
#include <vector>

#include "minimarathon/instance.h"

namespace minimarathon {

/// What to do next so that an app comes closer to its definition. Pure.
struct RolloutStep {
  std::vector<Instance*> kill;
  std::uint32_t start = 0;
  bool done = false;  // The app is as its definition wants it.
};

/// `instances` are all that exist of the app, those on their way out included.
///
/// A rolling update keeps ceil(n * minimumHealthCapacity) serving instances and never has more than
/// floor(n * (1 + maximumOverCapacity)) in all (one more where that would block). Old ones of which
/// nothing is known yet count as serving: they may be, as after a change of leaders.
/// Source: Marathon's TaskReplaceActor.computeRestartStrategy.
RolloutStep next_step(const App& app, const std::vector<Instance*>& instances);

/// While no deployment is at work on the app: as many instances as it wants, of whatever version.
/// Source: Marathon's SchedulerActions.scale.
RolloutStep keep_count(const App& app, const std::vector<Instance*>& instances);

}  // namespace minimarathon
