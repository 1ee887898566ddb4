#pragma once

#include <string>

#include "common/result.h"

namespace watcher::auth {

/// The secret in a file, without white space at its end.
/// option  what names the file, for the error: "marathon.password_file"
/// Errors: InvalidInput when it cannot be read, is empty or longer than 64 KiB. No error holds
/// anything of what the file holds.
common::Expected<std::string> read_secret(const std::string& option, const std::string& file);

}  // namespace watcher::auth
