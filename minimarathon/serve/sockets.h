#pragma once

#include "common/result.h"
#include "common/unique_fd.h"
#include "minimarathon/serve/listen.h"

namespace minimarathon::serve {

/// A socket bound to where `listen` says; a TCP one does not listen yet. Errors name the address.
common::Expected<common::UniqueFd> bind_socket(const Listen& listen);

bool is_ipv6(const common::UniqueFd& socket);

}  // namespace minimarathon::serve
