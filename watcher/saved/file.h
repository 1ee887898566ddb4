#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/result.h"
#include "watcher/catalog/catalog.h"
#include "watcher/saved/state.h"

namespace watcher::saved {

/// Reads a saved state; nothing when there is no such file. One that cannot be used is set aside as
/// "PATH.damaged", in place of an older one, and told as an Error that says why.
common::Expected<std::optional<State>> load(const std::string& path);

/// Writes a snapshot so that whoever reads finds the old state or the new one, whole, even after a
/// loss of power: into a file beside it that is then renamed. Blocks; not for a loop's thread.
common::Expected<void> save(const std::string& path,
                            const Snapshot& snapshot,
                            const std::vector<std::string>& sources);

}  // namespace watcher::saved
