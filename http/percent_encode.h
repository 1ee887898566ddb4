#pragma once

#include <string>
#include <string_view>

namespace http {

std::string percent_encode(std::string_view text);  // As one value of a query.

}  // namespace http
