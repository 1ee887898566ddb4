#pragma once

#include <string_view>

namespace admin {

/// docs/reference/openapi.yaml, as it was when this was built.
std::string_view openapi();

}  // namespace admin
