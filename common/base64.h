#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace common {

std::string base64_encode(std::string_view octets);     // RFC 4648 section 4.
std::string base64url_encode(std::string_view octets);  // RFC 4648 section 5, without padding.

/// Nothing when the text is not base64; the padding has to be there.
std::optional<std::string> base64_decode(std::string_view text);
/// Nothing when the text is not base64url; padding may be there or not.
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace common
