#include "watcher/catalog/catalog.h"

#include <algorithm>
#include <cassert>
#include <string_view>
#include <utility>
#include <variant>

#include "common/hash.h"
#include "watcher/vips/bindings.h"
#include "watcher/vips/checks.h"

namespace watcher {
namespace {

bool is_verdict(Health health) { return health == Health::Passing || health == Health::Failing; }

Health probe_of(const Task& task, const TaskPort& wanted) {
  for (const TaskPort& port : task.ports) {
    if (port.port == wanted.port && port.protocol == wanted.protocol && is_verdict(port.probe)) {
      return port.probe;
    }
  }
  return Health::Unknown;
}

}  // namespace

/// What a batch changes: tasks as they stood before it, in the order of first mention.
class Catalog::Touched {
 public:
  using Entry = std::pair<const TaskKey, TaskPtr>;

  void remember(const TaskKey& key, const TaskPtr& before) {
    const auto [entry, is_new] = before_.try_emplace(key, before);
    if (is_new) order_.push_back(&*entry);
  }
  /// So many tasks may follow.
  void expect(std::size_t tasks) {
    before_.reserve(before_.size() + tasks);
    order_.reserve(order_.size() + tasks);
  }
  const std::vector<const Entry*>& entries() const { return order_; }

  std::vector<MembersChange> members;
  std::vector<Weights> weights;
  bool drains = false;
  bool notes = false;

 private:
  std::unordered_map<TaskKey, TaskPtr> before_;
  std::vector<const Entry*> order_;
};

Catalog::Catalog(Options options)
    : options_(std::move(options)),
      vip_builder_(options_.vips),
      unsynced_sources_(options_.sources.begin(), options_.sources.end()) {
  snapshot_.generation = options_.generation;
  snapshot_.synced = unsynced_sources_.empty();
}

Change Catalog::apply(std::vector<Update> updates) {
  Touched touched;
  for (Update& update : updates) {
    std::visit([&](auto& kind) { reduce(std::move(kind), touched); }, update);
  }
  Change change;
  change.tasks = settle(touched);
  change.members = std::move(touched.members);
  VipBuilder::Outcome derived = vip_builder_.apply(change.tasks);
  change.vips = std::move(derived.vips);
  change.problems = std::move(derived.problems);
  weigh(touched, change.vips);
  for (const auto& [before, after] : change.vips) {
    if (after) {
      snapshot_.vips.set(after->id, after);
    } else {
      snapshot_.vips.erase(before->id);
    }
  }
  const bool decided = !touched.weights.empty() || touched.drains || touched.notes;
  if (note_sources() || !change.empty() || decided) ++snapshot_.generation;
  change.generation = snapshot_.generation;
  change.synced = snapshot_.synced;
  return change;
}

void Catalog::reduce(Reset reset, Touched& touched) {
  for (const TaskKey& key : absent_from(reset)) drop(key, touched);
  TaskSet& known = by_source_[reset.source];
  if (known.empty()) {  // All of them are new.
    touched.expect(reset.tasks.size());
    known.reserve(reset.tasks.size());
  }
  for (Task& task : reset.tasks) {
    assert(task.key.source == reset.source);
    put(std::move(task), touched);
  }
  unsynced_sources_.erase(reset.source);
  if (reset.restored) {
    restored_sources_.insert(reset.source);
  } else {
    restored_sources_.erase(reset.source);
  }
}

void Catalog::reduce(Upsert upsert, Touched& touched) { put(std::move(upsert.task), touched); }

void Catalog::reduce(const Remove& remove, Touched& touched) { drop(remove.key, touched); }

void Catalog::reduce(const Probed& probed, Touched& touched) {
  ++work_;
  const TaskPtr known = find(probed.key);
  if (!known) return;
  Task task = *known;
  for (TaskPort& port : task.ports) {
    // None: nobody is to probe this port (any more).
    if (port.port == probed.port && port.protocol == probed.protocol &&
        port.probe != Health::None) {
      port.probe = probed.health;
    }
  }
  if (task == *known) return;
  touched.remember(probed.key, known);
  store(probed.key, known, std::make_shared<const Task>(std::move(task)));
}

void Catalog::reduce(Members members, Touched& touched) {
  ++work_;
  MembersPtr& known = snapshot_.members[members.source];
  if (known && *known == members.members) return;
  auto next = std::make_shared<const std::vector<Member>>(std::move(members.members));
  touched.members.push_back({std::exchange(known, next), next});
}

void Catalog::reduce(const Weights& weights, Touched& touched) {
  const Shares* known = snapshot_.weights.find(weights.vip);
  const Shares next{weights.pools, weights.at_rest};
  if (known == nullptr ? next.pools.empty() : *known == next) return;
  touched.weights.push_back(weights);
  if (next.pools.empty()) {
    snapshot_.weights.erase(weights.vip);
  } else {
    snapshot_.weights.set(weights.vip, next);
  }
}

/// Drains of a task or an endpoint that is not there are none: whose turn comes later at the same
/// place is somebody else.
void Catalog::reduce(const Drains& drains, Touched& touched) {
  if (drains == snapshot_.drains) return;
  touched.drains = true;
  snapshot_.drains = drains;
  std::set<Drain> absent;
  for (const Drain& drain : drains.all) {
    if (drain.kind != DrainKind::Agent) absent.insert(drain);
  }
  const auto tasks = snapshot_.tasks;
  tasks.for_each([&](const TaskKey& key, const TaskPtr& known) {
    ++work_;
    for (const Drain& drain : drains.about(*known)) absent.erase(drain);
    if (drains.is_marked(*known)) return;
    Task task = *known;
    drains.mark(task);
    touched.remember(key, known);
    store(key, known, std::make_shared<const Task>(std::move(task)));
  });
  for (const Drain& drain : absent) snapshot_.drains.all.edit().erase(drain);
}

void Catalog::reduce(Note note, Touched& touched) {
  const std::string* known = snapshot_.notes.find(note.name);
  if (known != nullptr && *known == note.text) return;
  touched.notes = true;
  snapshot_.notes.set(std::move(note.name), std::move(note.text));
}

void Catalog::put(Task task, Touched& touched) {
  if (task.state == TaskState::Ended) return drop(task.key, touched);
  ++work_;
  const TaskPtr known = find(task.key);
  keep_verdicts(task, known.get());
  snapshot_.drains.mark(task);
  if (known && task == *known) return;
  if (known) task.key = known->key;
  sharing_.unify(task);
  const auto next = std::make_shared<const Task>(std::move(task));
  touched.remember(next->key, known);
  store(next->key, known, next);
}

/// What we know of the source and it no longer does.
std::vector<TaskKey> Catalog::absent_from(const Reset& reset) {
  const TaskSet& known = by_source_[reset.source];
  if (known.empty()) return {};
  const auto hash = [](const TaskKey* key) { return std::hash<TaskKey>{}(*key); };
  const auto same = [](const TaskKey* a, const TaskKey* b) { return *a == *b; };
  std::unordered_set<const TaskKey*, decltype(hash), decltype(same)> told(reset.tasks.size());
  for (const Task& task : reset.tasks) told.insert(&task.key);
  for (const TaskKey& key : reset.kept) told.insert(&key);

  std::vector<TaskKey> absent;
  for (const TaskPtr& task : known) {
    ++work_;
    if (!told.contains(&task->key)) absent.push_back(task->key);
  }
  return absent;
}

void Catalog::drop(const TaskKey& key, Touched& touched) {
  ++work_;
  const TaskPtr known = find(key);
  if (!known) return;
  touched.remember(key, known);
  store(key, known, nullptr);
  forget_drains_of(*known);
}

/// Unless another task stands there too: two sources may tell of one id, and a task be told at an
/// endpoint before the end of the one that had it.
void Catalog::forget_drains_of(const Task& gone) {
  auto about = snapshot_.drains.about(gone);
  if (about.empty()) return;
  const auto tasks = snapshot_.tasks;
  tasks.for_each([&](const TaskKey&, const TaskPtr& other) {
    ++work_;
    for (const Drain& held : snapshot_.drains.about(*other)) std::erase(about, held);
  });
  for (const Drain& drain : about) snapshot_.drains.all.edit().erase(drain);
}

void Catalog::store(const TaskKey& key, const TaskPtr& before, const TaskPtr& after) {
  TaskSet& siblings = by_source_[key.source];
  if (before) siblings.erase(before);
  if (after) {
    siblings.insert(after);
    snapshot_.tasks.set(key, after);
  } else {
    snapshot_.tasks.erase(key);
  }
}

TaskPtr Catalog::find(const TaskKey& key) const {
  const TaskPtr* task = snapshot_.tasks.find(key);
  return task ? *task : nullptr;
}

/// A source that does not know the health says nothing about it (design decision 5), and knows
/// nothing of our probes.
void Catalog::keep_verdicts(Task& task, const Task* known) const {
  if (known && task.health == Health::Unknown && is_verdict(known->health)) {
    task.health = known->health;
  }
  for (TaskPort& port : task.ports) port.probe = Health::None;
  if (!options_.probe_backends) return;
  for (const Binding& binding : read_bindings(task, options_.vips).bindings) {
    if (!binding.port || !is_checked(binding.id.protocol, binding.check)) continue;
    TaskPort& port = task.ports[*binding.port];
    port.probe = known ? probe_of(*known, port) : Health::Unknown;
  }
}

/// What has really changed; a task that came back to what it was gets its old value back, too.
std::vector<TaskChange> Catalog::settle(const Touched& touched) {
  std::vector<TaskChange> changes;
  for (const Touched::Entry* entry : touched.entries()) {
    const auto& [key, before] = *entry;
    const TaskPtr after = find(key);
    if (before == after) continue;
    if (before && after && *before == *after) {
      store(key, after, before);
    } else {
      changes.push_back({before, after});
    }
  }
  return changes;
}

/// After the tasks: still one change a VIP.
void Catalog::weigh(const Touched& touched, std::vector<VipChange>& changes) {
  for (const Weights& weights : touched.weights) {
    auto weighed = vip_builder_.weigh(weights);
    if (!weighed) continue;
    const auto known = std::find_if(changes.begin(), changes.end(), [&](const VipChange& change) {
      return change.after == weighed->before;
    });
    if (known == changes.end()) {
      changes.push_back(std::move(*weighed));
    } else {
      known->after = weighed->after;
    }
  }
}

/// Whom we have heard; true when that changes what the snapshot says of itself.
bool Catalog::note_sources() {
  const bool was_synced = std::exchange(snapshot_.synced, unsynced_sources_.empty());
  const bool was_restored = std::exchange(snapshot_.restored, !restored_sources_.empty());
  return was_synced != snapshot_.synced || was_restored != snapshot_.restored;
}

}  // namespace watcher
