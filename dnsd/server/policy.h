#pragma once

#include <cstddef>

#include "config/settings.h"
#include "dnsd/server/answerer.h"

namespace dnsd {

/// What the configuration means for the answers of each of so many workers.
AnswerPolicy make_policy(const config::Dns& options, std::size_t workers);

}  // namespace dnsd
