#include "signpost/recollection.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "common/log.h"
#include "watcher/saved/codec.h"

namespace signpost {

namespace log = common::log;

watcher::saved::State recall(const config::State& options, const handover::Knowledge* before) {
  if (before != nullptr && !before->state.empty()) {
    auto state = watcher::saved::decode(before->state);
    if (state) return std::move(*state);
    log::error("what the run before knew is lost: {}", state.error().message);
  }
  if (options.path.empty()) return {};
  auto state = watcher::saved::load(options.path);
  if (!state) log::error("{}; option=state.path", state.error().message);
  if (!state || !*state) return {};
  log::info("state={} tasks={} generation={} restored",
            options.path,
            (*state)->tasks.size(),
            (*state)->generation);
  return std::move(**state);
}

std::vector<watcher::Update> recollect(
    watcher::saved::State& state,
    const handover::Knowledge* before,
    const std::vector<std::unique_ptr<watcher::Source>>& sources) {
  std::vector<watcher::Update> updates;
  for (const auto& source : sources) {
    const std::string name = source->status().name;
    const auto& known = state.sources;
    if (std::find(known.begin(), known.end(), name) == known.end()) continue;
    watcher::Reset reset{name, {}, true};
    for (watcher::Task& task : state.tasks) {
      if (task.key.source == name) reset.tasks.push_back(std::move(task));
    }
    source->restore(reset.tasks);
    updates.emplace_back(std::move(reset));
    const auto members = state.members.find(name);
    if (members != state.members.end()) {
      updates.emplace_back(watcher::Members{name, std::move(members->second)});
    }
  }
  if (before != nullptr) {
    for (const watcher::Probed& probed : before->probed) updates.emplace_back(probed);
  }
  for (const auto& [vip, shares] : state.weights) {
    updates.emplace_back(watcher::Weights{vip, shares.pools, shares.at_rest});
  }
  if (!state.drains.empty()) updates.emplace_back(watcher::Drains{std::move(state.drains)});
  return updates;
}

handover::Knowledge knowledge_of(const watcher::Snapshot& snapshot,
                                 const std::vector<std::string>& source_names) {
  handover::Knowledge knowledge;
  if (!snapshot.synced) return knowledge;
  watcher::saved::encode(
      snapshot, source_names, [&](std::string_view line) { knowledge.state += line; });
  snapshot.tasks.for_each([&](const watcher::TaskKey& key, const watcher::TaskPtr& task) {
    for (const watcher::TaskPort& port : task->ports) {
      if (port.probe != watcher::Health::Passing && port.probe != watcher::Health::Failing)
        continue;
      knowledge.probed.push_back({key, port.port, port.protocol, port.probe});
    }
  });
  return knowledge;
}

}  // namespace signpost
