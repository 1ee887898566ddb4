#include "watcher/marathon/inventory.h"

#include <algorithm>
#include <set>
#include <utility>

#include "watcher/marathon/path.h"

namespace watcher::marathon {
namespace {

constexpr std::size_t kMaxEarly = 1024;  // Per app.
constexpr std::size_t kManyVersions = 8;

bool has_checks(const Definition& definition) {
  return definition.health_checks || definition.readiness_checks;
}

/// Of a task's id as Marathon makes them: "web.1b2c-..." and "web.instance-1b2c-...._app.1" are of
/// apps, "web.instance-1b2c-....nginx" of a pod.
Kind kind_of_task(std::string_view id) {
  constexpr std::string_view kInstance = ".instance-";
  const std::size_t instance = id.find(kInstance);
  if (instance == std::string_view::npos) return Kind::App;
  const std::size_t container = id.find('.', instance + kInstance.size());
  if (container == std::string_view::npos) return Kind::App;
  return id.substr(container + 1).starts_with("_app") ? Kind::App : Kind::Pod;
}

void share(const SharedString& known, SharedString& told) {
  if (told == known) told = known;
}

/// Where the agent stands, which events do not tell.
void share_or_learn(const SharedString& known, SharedString& told) {
  if (told.empty() || told == known) told = known;
}

}  // namespace

/// What Marathon says of a task only while it is active stays true for as long as the task lives,
/// and a verdict holds until another is spoken (all are lost when the leader changes).
void Inventory::fill_from(const TaskFacts& known, TaskFacts& told) {
  if (told.ports.empty()) told.ports = known.ports;
  if (told.addresses.empty()) told.addresses = known.addresses;
  if (told.host.empty()) told.host = known.host;
  if (told.agent_id.empty()) told.agent_id = known.agent_id;
  if (told.region.empty()) told.region = known.region;
  if (told.zone.empty()) told.zone = known.zone;
  if (told.container.empty()) told.container = known.container;
  if (told.health == Health::Unknown) told.health = known.health;
  // Answers may be older than the events before them, and no task starts twice.
  if (told.state == TaskState::Starting) told.state = std::max(told.state, known.state);
}

bool Inventory::Entry::is_serving() const {
  const bool alive = facts.state == TaskState::Running || facts.state == TaskState::Unreachable;
  return alive && is_shown() && !is_leaving();
}

void Inventory::restore(const std::vector<Task>& tasks) {
  for (const Task& task : tasks) {
    App& app = apps_[task.app];
    app.kind = kind_of_task(*task.key.id);
    Entry& entry = app.tasks[task.key.id];
    entry.facts.id = task.key.id;
    entry.facts.app = task.app;
    entry.facts.state = task.state;
    entry.restored = true;
  }
}

// ---- What events tell

Inventory::Entry* Inventory::find(const TaskFacts& told) {
  const auto app = apps_.find(told.app);
  if (app == apps_.end()) return nullptr;
  const auto task = app->second.tasks.find(told.id);
  return task == app->second.tasks.end() ? nullptr : &task->second;
}

bool Inventory::on_status(const TaskFacts& told, TimePoint now) {
  switch (told.state) {
    case TaskState::Starting:
      return true;  // No traffic yet; the answer to come lists it.
    case TaskState::Running:
      return on_running(told, stamp(), now);
    case TaskState::Killing:
      on_killing(told, now);
      return true;
    case TaskState::Unreachable:
      on_unreachable(told);
      return true;
    case TaskState::Ended:
      fates_.end(told.id, now);
      if (const auto app = apps_.find(told.app); app != apps_.end()) erase(app->second, told.id);
      return true;
  }
  return false;
}

void Inventory::on_killing(const TaskFacts& told, TimePoint now) {
  Entry* entry = find(told);
  const bool defined = entry != nullptr && entry->definition;
  fates_.kill(told.id, (defined ? *entry->definition : Definition{}).kill_grace, now);
  if (entry == nullptr) return;
  if (!defined) return erase(apps_.find(told.app)->second, told.id);  // Cannot be shown to drain.
  turn(*entry, TaskState::Killing, stamp());
}

void Inventory::on_unreachable(const TaskFacts& told) {
  Entry* entry = find(told);
  if (entry != nullptr && entry->facts.state != TaskState::Killing) {
    turn(*entry, TaskState::Unreachable, stamp());
  }
}

/// Running, by an event alone: enough for a task without checks whose definition is known. Not for
/// those of pods, whose events hold no ports.
bool Inventory::on_running(const TaskFacts& told, std::uint64_t stamp, TimePoint now) {
  const auto app = apps_.find(told.app);
  if (app == apps_.end()) return false;
  if (fates_.is_doomed(told.id, now)) return true;
  Entry* entry = find(told);
  if (entry != nullptr && entry->is_leaving()) return false;  // Only a list may take it back.
  const DefinitionPtr definition = require_definition(*app, told.version);
  if (!definition) {
    if (app->second.early.size() < kMaxEarly) app->second.early.push_back({told, stamp});
    return false;
  }
  const bool suffices = !has_checks(*definition) && app->second.kind == Kind::App;
  if (entry != nullptr && entry->facts.state == TaskState::Unreachable) {
    turn(*entry, TaskState::Running, stamp);
  } else if (suffices) {
    TaskFacts facts = told;
    if (entry != nullptr) fill_from(entry->facts, facts);
    place(app->second, std::move(facts), definition).touched = stamp;
  }
  return suffices;
}

void Inventory::turn(Entry& entry, TaskState state, std::uint64_t stamp) {
  entry.touched = stamp;
  if (entry.facts.state == state) return;
  entry.facts.state = state;
  note_change(entry);
}

// ---- Definitions

DefinitionPtr Inventory::require_definition(Apps::value_type& app, const std::string& version) {
  auto& [id, state] = app;
  DefinitionPtr definition = state.definitions.find(version);
  // An app of which nothing is known yet is about to be asked for as a whole.
  if (!definition && state.definitions.has_current() && state.definitions.want(version)) {
    wanted_.push_back({id, version});
  }
  return definition;
}

void Inventory::define(const AppAtVersion& which, const DefinitionPtr& definition, TimePoint now) {
  const auto app = apps_.find(which.app);
  if (app == apps_.end()) return;
  app->second.definitions.set(which.version, definition);
  use_definition(*app, which.version, now);
}

void Inventory::guess(const AppAtVersion& which, TimePoint now) {
  const auto app = apps_.find(which.app);
  if (app == apps_.end()) return;
  app->second.definitions.guess(which.version);
  use_definition(*app, which.version, now);
}

/// Gives every task of that version its definition.
void Inventory::use_definition(Apps::value_type& app, const std::string& version, TimePoint now) {
  const DefinitionPtr definition = app.second.definitions.find(version);
  if (!definition) return;
  for (auto& [id, entry] : app.second.tasks) {
    if (entry.facts.version != version || entry.definition == definition) continue;
    entry.definition = definition;
    note_change(entry);
  }
  for (const Early& early : std::exchange(app.second.early, {})) {
    on_running(early.told, early.stamp, now);
  }
}

void Inventory::forget_old_definitions(App& app) {
  if (app.definitions.old_versions() < kManyVersions) return;
  std::set<std::string_view> used;
  for (const auto& [id, entry] : app.tasks) used.insert(entry.facts.version);
  app.definitions.keep_only(used);
}

// ---- Tasks and agents

/// What the app's first task and the agent's first one say too is kept once. No pool of texts is
/// needed, nor anybody who forgets what left it.
void Inventory::share_with_neighbours(const App& app, TaskFacts& facts) const {
  if (!app.tasks.empty()) {
    const TaskFacts& sibling = app.tasks.begin()->second.facts;
    share(sibling.app, facts.app);
    share(sibling.version, facts.version);
    share(sibling.container, facts.container);
  }
  if (const auto agent = agents_.find(facts.host); agent != agents_.end()) {
    const TaskFacts& housemate = agent->second.tasks.front()->facts;  // Without tasks, no agent.
    share(housemate.host, facts.host);
    share(housemate.agent_id, facts.agent_id);
    share_or_learn(housemate.region, facts.region);
    share_or_learn(housemate.zone, facts.zone);
  }
}

Inventory::Entry& Inventory::place(App& app, TaskFacts facts, DefinitionPtr definition) {
  share_with_neighbours(app, facts);
  auto& [id, entry] = *app.tasks.try_emplace(facts.id).first;
  facts.id = id;
  entry.leaves = TimePoint::max();
  if (entry.facts == facts && entry.definition == definition) return entry;
  if (entry.facts.host != facts.host) move_to_agent(entry, facts.host);
  entry.facts = std::move(facts);
  entry.definition = std::move(definition);
  note_change(entry);
  return entry;
}

void Inventory::move_to_agent(Entry& entry, const SharedString& host) {
  leave_agent(entry);
  if (host.empty()) return;
  const auto [agent, fresh] = agents_.try_emplace(host);
  agent->second.tasks.push_back(&entry);
  entry.agent = &agent->second;
  if (!fresh) return;
  if (const auto address = IpAddress::parse(host)) {
    agent->second.addresses = {*address};
  } else {
    new_hosts_.push_back(host);
  }
}

void Inventory::leave_agent(Entry& entry) {
  if (entry.agent == nullptr) return;
  std::erase(entry.agent->tasks, &entry);
  if (entry.agent->tasks.empty()) agents_.erase(entry.facts.host);
  entry.agent = nullptr;
}

void Inventory::resolved(const std::string& host, const std::vector<IpAddress>& addresses) {
  const auto agent = agents_.find(host);
  if (agent == agents_.end() || agent->second.addresses == addresses) return;
  agent->second.addresses = addresses;
  for (Entry* entry : agent->second.tasks) note_change(*entry);
}

void Inventory::erase(App& app, const SharedString& id) {
  const auto task = app.tasks.find(id);
  if (task == app.tasks.end()) return;
  Entry& entry = task->second;
  if (entry.is_shown()) removed_.push_back(id);
  if (entry.changed) std::erase(changed_, &entry);
  leave_agent(entry);
  app.tasks.erase(task);
}

// ---- What follows

void Inventory::note_change(Entry& entry) {
  if (!entry.definition || std::exchange(entry.changed, true)) return;
  changed_.push_back(&entry);
}

Task Inventory::show(const Entry& entry) const {
  static const std::vector<IpAddress> none;
  return to_task(entry.facts,
                 *entry.definition,
                 origin_,
                 entry.agent == nullptr ? none : entry.agent->addresses);
}

std::vector<Update> Inventory::take_updates() {
  const std::vector<Entry*> changed = std::exchange(changed_, {});
  std::vector<Update> updates = take_removals();
  updates.reserve(updates.size() + changed.size());
  for (Entry* entry : changed) {
    entry->changed = false;
    updates.emplace_back(Upsert{show(*entry)});
  }
  return updates;
}

std::vector<Update> Inventory::take_removals() {
  std::vector<Update> removals;
  for (SharedString& id : removed_) removals.emplace_back(Remove{{origin_.source, std::move(id)}});
  forget_updates();
  return removals;
}

Reset Inventory::reset() {
  Reset everything{origin_.source, {}};
  everything.tasks.reserve(task_count());
  for (const auto& [id, app] : apps_) {
    for (const auto& [task, entry] : app.tasks) {
      if (entry.definition) {
        everything.tasks.push_back(show(entry));
      } else if (entry.restored) {
        everything.kept.push_back({origin_.source, task});
      }
    }
  }
  forget_updates();
  return everything;
}

void Inventory::forget_updates() {
  for (Entry* entry : changed_) entry->changed = false;
  changed_.clear();
  removed_.clear();
}

std::vector<AppAtVersion> Inventory::take_wanted() { return std::exchange(wanted_, {}); }
std::vector<std::string> Inventory::take_new_hosts() { return std::exchange(new_hosts_, {}); }

// ---- Questions

Kind Inventory::kind_of(std::string_view app) const {
  const auto found = apps_.find(app);
  return found == apps_.end() ? Kind::App : found->second.kind;
}

std::string_view Inventory::version_of(std::string_view app) const {
  const auto found = apps_.find(app);
  return found == apps_.end() ? std::string_view() : found->second.definitions.version();
}

std::vector<std::string> Inventory::apps_below(std::string_view group) const {
  std::vector<std::string> below;
  for (const auto& [id, app] : apps_) {
    if (is_below(id, group) && app.definitions.has_current()) below.push_back(id);
  }
  return below;
}

std::size_t Inventory::task_count() const {
  std::size_t count = 0;
  for (const auto& [id, app] : apps_) {
    for (const auto& [task, entry] : app.tasks) count += entry.definition ? 1 : 0;
  }
  return count;
}

}  // namespace watcher::marathon
