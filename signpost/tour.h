#pragma once

#include "signpost/demo.h"

namespace signpost {

/// Lab DC/OS 103 by itself: deploy, resolve, call, scale, spread, kill, undeploy. Prints a line a
/// step with what it saw. False as soon as a step does not hold.
bool tour(const DemoPlaces& places);

}  // namespace signpost
