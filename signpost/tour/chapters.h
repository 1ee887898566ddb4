#pragma once

#include <functional>
#include <string>
#include <vector>

#include "signpost/tour/cluster.h"

namespace signpost {

/// Something to do, and what was seen then or why it does not hold.
struct Step {
  std::string name;
  std::function<Seen()> take;
};

struct Chapter {
  std::string title;
  std::vector<Step> steps;
};

/// What the chapters walk through outlives them.
Chapter service_discovery(const Cluster& cluster);
Chapter rolling_updates(const Cluster& cluster);
Chapter blue_green(const Cluster& cluster);
Chapter canary(const Cluster& cluster);

}  // namespace signpost
