#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.h"
#include "watcher/catalog/catalog.h"
#include "watcher/saved/state.h"

/// The saved state as text: a line of JSON for what it is, one a task, one for the members of each
/// source, one a VIP address, one each thing that the operator decided, and at the end the SHA-256
/// of all lines before. Pure.
namespace watcher::saved {

/// Hands the lines of a snapshot to `write`, each with its line feed; never holds more than one.
void encode(const Snapshot& snapshot,
            const std::vector<std::string>& sources,
            const std::function<void(std::string_view line)>& write);

/// Errors: InvalidInput, saying whether the text is foreign, of another version, cut off, or
/// changed. A text that passes the checksum is taken whole.
common::Expected<State> decode(std::string_view text);

}  // namespace watcher::saved
