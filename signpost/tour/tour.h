#pragma once

#include "signpost/demo.h"

namespace signpost {

/// The labs DC/OS 103 and 104 by themselves: service discovery, rolling updates, blue-green,
/// canary. Prints a line a step with what it saw. False as soon as a step does not hold.
bool tour(const DemoPlaces& places);

}  // namespace signpost
