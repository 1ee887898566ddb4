#pragma once

#include <memory>
#include <optional>

#include "common/result.h"
#include "config/settings.h"
#include "dnsd/query/cookies.h"
#include "dnsd/transfer/signature.h"

namespace dnsd {

/// What bakes cookies; none where they are off.
using Cookies = std::optional<CookieJar>;

// What the configuration and its files of secrets say now. Errors name the option and the file, and
// tell nothing of what it holds.

/// Without a file: a secret of our own.
common::Expected<std::shared_ptr<const Cookies>> read_cookies(const config::Dns& options);
/// None without a file.
common::Expected<std::shared_ptr<const TsigKeys>> read_transfer_keys(const config::Dns& options);

}  // namespace dnsd
