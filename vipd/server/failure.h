#pragma once

#include <string>

#include "vipd/server/counters.h"
#include "vipd/server/service.h"

namespace vipd {

/// What an errno value of a backend's socket says of the backend; Local: nothing.
ConnectFailure failure_of(int error);
/// Has this host run out of descriptors or memory?
bool out_of_resources(int error);
bool out_of_descriptors(int error);
/// Why this host does not let a backend be tried, and what to do about it, for the operator.
std::string why_untried(int error);
void warn_untried(const Service& service, const common::SocketAddress& backend, int error);

}  // namespace vipd
