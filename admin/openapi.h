#pragma once

#include <string_view>

namespace admin {

/// docs/reference/openapi.yaml, as it was when this was built.
extern const std::string_view kOpenApi;

}  // namespace admin
