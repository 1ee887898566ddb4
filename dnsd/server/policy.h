#pragma once

#include <cstddef>

#include "common/result.h"
#include "config/settings.h"
#include "dnsd/server/answerer.h"

namespace dnsd {

/// What the configuration means for the answers of each of so many workers. Errors: a file of
/// secrets that cannot be read or used; the message names the option.
common::Expected<AnswerPolicy> make_policy(const config::Dns& options, std::size_t workers);

}  // namespace dnsd
