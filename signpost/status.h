#pragma once

#include <string>

#include "common/result.h"

namespace signpost {

/// What a running Signpost says of itself at `admin` (http://host:port), in words for a terminal or
/// as the JSON of /v1/sources. Errors: when nobody answers there.
common::Expected<std::string> status(const std::string& admin, bool as_json);

}  // namespace signpost
