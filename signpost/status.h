#pragma once

#include <string>

#include "common/result.h"
#include "signpost/desk.h"

namespace signpost {

/// What a running Signpost says of itself, in words for a terminal or as the JSON of /v1/sources.
/// Errors: when nobody answers there.
common::Expected<std::string> status(const Desk& desk);

}  // namespace signpost
