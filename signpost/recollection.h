#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/settings.h"
#include "signpost/handover/bundle.h"
#include "watcher/catalog/catalog.h"
#include "watcher/saved/file.h"
#include "watcher/source.h"

namespace signpost {

/// What is left of the last run: what it says itself, or else what state.path holds; nothing where
/// there is none, or it cannot be used, which is logged.
watcher::saved::State recall(const config::State& options, const handover::Knowledge* before);

/// The updates that bring it into the catalog; its tasks and members are moved away. Each source is
/// told what it knew.
std::vector<watcher::Update> recollect(
    watcher::saved::State& state,
    const handover::Knowledge* before,
    const std::vector<std::unique_ptr<watcher::Source>>& sources);

/// What the next run is told; nothing before the first sync, as it would pass for all there is.
handover::Knowledge knowledge_of(const watcher::Snapshot& snapshot,
                                 const std::vector<std::string>& source_names);

}  // namespace signpost
