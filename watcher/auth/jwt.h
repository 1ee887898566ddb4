#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "common/result.h"

/// JSON Web Tokens (RFC 7519), as far as logging in takes them.
namespace watcher::auth {

using WallTime = std::chrono::system_clock::time_point;

/// A token that holds these claims, signed with RS256 (RFC 7515, RFC 7518 section 3.3).
/// claims   a JSON object
/// key_pem  an RSA private key; not encrypted
/// Errors: InvalidInput when the key is none.
common::Expected<std::string> sign_rs256(std::string_view claims, const std::string& key_pem);

/// Until when a token holds, by its own word; empty when it does not say so. Trusts the token.
std::optional<WallTime> expiry_of(std::string_view token);

}  // namespace watcher::auth
