#include "watcher/catalog/sharing.h"

namespace watcher {

std::size_t Sharing::LabelsHash::operator()(const Labels& labels) const {
  std::uint64_t hash = labels.size();
  for (const auto& [key, value] : labels) {
    hash = common::mix(hash + common::hash_bytes(key)) + common::hash_bytes(value);
  }
  return hash;
}

void Sharing::unify(Task& task) {
  for (SharedString* text : {&task.key.source,
                             &task.key.scope,
                             &task.name,
                             &task.app,
                             &task.framework,
                             &task.agent_id,
                             &task.version,
                             &task.region,
                             &task.zone,
                             &task.discovery_name}) {
    texts_.unify(*text);
  }
  labels_.unify(task.labels);
  for (TaskPort& port : task.ports) {
    texts_.unify(port.name);
    labels_.unify(port.labels);
  }
}

}  // namespace watcher
