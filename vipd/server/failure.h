#pragma once

#include "vipd/server/counters.h"

namespace vipd {

/// What an errno value of a backend's socket says of the backend; Local: nothing.
ConnectFailure failure_of(int error);
/// Has this host run out of descriptors or memory?
bool out_of_resources(int error);
bool out_of_descriptors(int error);

}  // namespace vipd
