#pragma once

#include <optional>

#include "common/ip.h"
#include "common/result.h"

namespace vipd {

/// Whether this process may speak with addresses of others (vip.transparent). Errors: NotPermitted,
/// with what is missing.
common::Expected<void> check_transparency();

/// Gives a socket that is about to connect to `backend` the client's address, and a port that the
/// kernel chooses when it connects. Does nothing where none of that would arrive: the two are of
/// different families, or the client's is a loopback address and the backend's is not.
/// Errors: an errno value.
std::optional<int> appear_as(int socket,
                             const common::IpAddress& client,
                             const common::IpAddress& backend);

}  // namespace vipd
