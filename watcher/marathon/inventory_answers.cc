// What answers tell the inventory: whole definitions with their tasks, and who is not among them.
#include <algorithm>
#include <utility>

#include "watcher/marathon/inventory.h"

namespace watcher::marathon {
namespace {

constexpr std::chrono::seconds kDrainSlack{30};  // Marathon repeats a kill that was not answered.

}  // namespace

void Inventory::apply(AppFacts facts, std::uint64_t asked, TimePoint now) {
  const auto app = apps_.try_emplace(facts.id).first;
  if (asked < app->second.asked) return;
  list_app(*app, std::move(facts), asked, now);
  sweep(app->second, asked, now);
}

void Inventory::app_gone(const std::string& id, std::uint64_t asked, TimePoint now) {
  const auto app = apps_.find(id);
  if (app == apps_.end() || asked < app->second.asked) return;
  app->second.asked = asked;
  app->second.definitions.clear_current();
  sweep(app->second, asked, now);
  drop_if_empty(app);
}

Inventory::Outcome Inventory::apply_all(
    Kind kind, std::vector<AppFacts> apps, std::uint64_t asked, Removals removals, TimePoint now) {
  for (auto& [id, app] : apps_) {
    if (app.kind == kind) app.definitions.ask_again();
  }
  Outcome outcome;
  outcome.serving = count_serving_missing_from(kind, asked);
  for (AppFacts& facts : apps) {
    const auto app = apps_.try_emplace(facts.id).first;
    if (asked >= app->second.asked) list_app(*app, std::move(facts), asked, now);
  }
  outcome.missing = count_serving_missing_from(kind, asked);
  outcome.refused = removals == Removals::Doubt && outcome.missing * 2 > outcome.serving;
  for (auto next = apps_.begin(); next != apps_.end();) {
    const auto app = next++;
    if (outcome.refused || app->second.kind != kind || app->second.asked > asked) continue;
    if (app->second.asked < asked) app->second.definitions.clear_current();
    sweep(app->second, asked, now);
    drop_if_empty(app);
  }
  fates_.forget_old(now);
  return outcome;
}

void Inventory::list_app(Apps::value_type& app,
                         AppFacts facts,
                         std::uint64_t asked,
                         TimePoint now) {
  App& state = app.second;
  state.asked = asked;
  state.kind = facts.kind;
  state.definitions.set_current(facts);
  std::erase_if(state.early, [&](const Early& early) { return early.stamp < asked; });
  for (TaskFacts& task : facts.tasks) {
    // Some answers hold tasks that say they belong to another app; they know best.
    auto& home = task.app == app.first ? app : *apps_.try_emplace(task.app).first;
    list_task(home, std::move(task), asked, now);
  }
  for (const std::string& id : facts.unread) {
    if (const auto task = state.tasks.find(id); task != state.tasks.end()) {
      task->second.listed = asked;
    }
  }
  use_definition(app, facts.version, now);
  forget_old_definitions(state);
}

void Inventory::list_task(Apps::value_type& app,
                          TaskFacts facts,
                          std::uint64_t asked,
                          TimePoint now) {
  if (facts.state == TaskState::Ended) fates_.end(facts.id, now);
  if (fates_.has_ended(facts.id, now)) return erase(app.second, facts.id);
  Entry* entry = find(facts);
  if (entry != nullptr) entry->listed = asked;
  if (entry != nullptr && entry->touched > asked) return;
  DefinitionPtr definition = require_definition(app, facts.version);
  if (!definition && entry != nullptr) definition = entry->definition;
  if (facts.state == TaskState::Killing) {
    fates_.kill(facts.id, (definition ? *definition : Definition{}).kill_grace, now);
  }
  if (fates_.is_doomed(facts.id, now)) facts.state = TaskState::Killing;
  if (entry != nullptr) fill_from(entry->facts, facts);
  place(app.second, std::move(facts), std::move(definition)).listed = asked;
}

/// Serving tasks that the answer is to list, and has not yet.
std::size_t Inventory::count_serving_missing_from(Kind kind, std::uint64_t asked) const {
  std::size_t missing = 0;
  for (const auto& [id, app] : apps_) {
    if (app.kind != kind || app.asked > asked) continue;
    for (const auto& [task, entry] : app.tasks) {
      missing += entry.is_serving() && entry.is_missing_from(asked) ? 1 : 0;
    }
  }
  return missing;
}

void Inventory::sweep(App& app, std::uint64_t asked, TimePoint now) {
  for (auto next = app.tasks.begin(); next != app.tasks.end();) {
    auto& [id, entry] = *next++;
    if (!entry.is_missing_from(asked)) continue;
    if (!entry.definition || entry.facts.state == TaskState::Starting) {
      erase(app, id);
    } else {
      let_go(entry, now);
    }
  }
}

/// A task that is not listed any more may still run: those of a deleted app vanish from the lists
/// before they are killed.
void Inventory::let_go(Entry& entry, TimePoint now) {
  if (entry.is_leaving()) return;
  entry.leaves = now + entry.definition->kill_grace + kDrainSlack;
  leaving_.emplace(entry.leaves, std::pair(entry.facts.app, entry.facts.id));
  if (entry.facts.state == TaskState::Killing) return;
  entry.facts.state = TaskState::Killing;
  note_change(entry);
}

void Inventory::expire(TimePoint now) {
  while (!leaving_.empty() && leaving_.begin()->first <= now) {
    const auto [when, who] = *leaving_.begin();
    leaving_.erase(leaving_.begin());
    const auto app = apps_.find(who.first);
    if (app == apps_.end()) continue;
    const auto task = app->second.tasks.find(who.second);
    if (task == app->second.tasks.end() || task->second.leaves != when) continue;
    erase(app->second, who.second);
    drop_if_empty(app);
  }
}

TimePoint Inventory::next_expiry() const {
  return leaving_.empty() ? TimePoint::max() : leaving_.begin()->first;
}

void Inventory::drop_if_empty(Apps::iterator app) {
  if (app->second.tasks.empty() && !app->second.definitions.has_current()) apps_.erase(app);
}

}  // namespace watcher::marathon
