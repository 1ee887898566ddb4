#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "watcher/marathon/definitions.h"
#include "watcher/marathon/fates.h"
#include "watcher/marathon/model.h"
#include "watcher/marathon/translate.h"
#include "watcher/update.h"

namespace watcher::marathon {

struct AppAtVersion {
  std::string app;
  std::string version;

  friend auto operator<=>(const AppAtVersion&, const AppAtVersion&) = default;
};

/// All that is known of one Marathon's apps and tasks, from whatever told it.
///
/// Events are fast but may be lost, late or doubled; answers are complete but may be old. So each
/// question takes a stamp before it is sent, and its answer changes no task that an event has
/// touched since. Two kinds of knowledge outlive every answer (Fates): a task that ended never
/// comes back, and one whose kill was announced drains until it is gone. A task that an answer does
/// not list any more drains for its kill grace and a little longer, then goes.
///
/// Of tasks of the last run only the ids are known, and that they are shown: they count where it is
/// asked whether a list lacks too many, and go as soon as one that lacks them is believed.
///
/// Pure. A task is shown, by take_updates() and reset(), once the definition of its own version is
/// known. Cost: proportional to the tasks a call names; of apply_all() and reset(): to all tasks.
class Inventory {
 public:
  explicit Inventory(Origin origin) : origin_(std::move(origin)) {}
  Inventory(const Inventory&) = delete;  // Tasks and agents point at one another.
  Inventory& operator=(const Inventory&) = delete;

  /// Tasks that the last run showed; before anything else.
  void restore(const std::vector<Task>& tasks);

  // What events tell.

  /// Takes a status event. False when only an answer can say whether clients may be sent there.
  bool on_status(const TaskFacts& told, TimePoint now);
  void on_killing(const TaskFacts& told, TimePoint now);

  // What answers tell; `asked` is the stamp taken when the question was sent.

  std::uint64_t stamp() { return ++clock_; }
  void apply(AppFacts facts, std::uint64_t asked, TimePoint now);
  void app_gone(const std::string& app, std::uint64_t asked, TimePoint now);

  enum class Removals : std::uint8_t { Believe, Doubt };
  struct Outcome {
    std::size_t serving = 0;  // Tasks it was expected to list.
    std::size_t missing = 0;  // Those among them that it does not.
    bool refused = false;     // To remove them.
  };
  /// Takes a list of everything of one kind. In doubt, a list that lacks more than half of the
  /// serving tasks removes none; what it does hold is believed.
  Outcome apply_all(
      Kind kind, std::vector<AppFacts> apps, std::uint64_t asked, Removals removals, TimePoint now);

  void define(const AppAtVersion& which, const DefinitionPtr& definition, TimePoint now);
  /// That definition cannot be had: its tasks are taken to run the app's current one, until
  /// apply_all() finds them again.
  void guess(const AppAtVersion& which, TimePoint now);
  void resolved(const std::string& host, const std::vector<IpAddress>& addresses);

  // What time tells.

  void expire(TimePoint now);  // Removes what has drained long enough.
  TimePoint next_expiry() const;

  // What follows.

  std::vector<Update> take_updates();   // All changes since the last call.
  std::vector<Update> take_removals();  // What went; forgets other changes.
  Reset reset();  // Everything, what is kept of the last run too; forgets changes not taken.
  void forget_updates();

  std::vector<AppAtVersion> take_wanted();    // Definitions that tasks wait for, each once.
  std::vector<std::string> take_new_hosts();  // Agent names without an address, each once.

  // Questions.

  /// Apps or pods; of ids that are not known, App.
  Kind kind_of(std::string_view app) const;
  bool knows(std::string_view app) const { return apps_.find(app) != apps_.end(); }
  bool has_host(const std::string& host) const { return agents_.contains(host); }
  /// Of the app's current definition; empty when it has none.
  std::string_view version_of(std::string_view app) const;
  std::vector<std::string> apps_below(std::string_view group) const;
  std::size_t task_count() const;  // Shown ones.

 private:
  struct Agent;
  struct Entry {
    TaskFacts facts;
    DefinitionPtr definition;             // Null: not shown.
    Agent* agent = nullptr;               // Of facts.host; null when that is empty.
    std::uint64_t touched = 0;            // Stamp of the last event that changed it.
    std::uint64_t listed = 0;             // Stamp of the last answer that named it.
    TimePoint leaves = TimePoint::max();  // When it goes, set once an answer does not name it.
    bool changed = false;                 // Stands in changed_.
    bool restored = false;                // The last run showed it.

    bool is_shown() const { return definition || restored; }
    bool is_leaving() const { return leaves != TimePoint::max(); }
    bool is_serving() const;
    bool is_missing_from(std::uint64_t answer) const { return listed < answer && touched < answer; }
  };
  struct Agent {
    std::vector<IpAddress> addresses;
    std::vector<Entry*> tasks;
  };
  /// A task that was told to run before its definition was known.
  struct Early {
    TaskFacts told;
    std::uint64_t stamp = 0;
  };
  struct App {
    Kind kind = Kind::App;
    Definitions definitions;
    std::map<SharedString, Entry, std::less<>> tasks;
    std::vector<Early> early;
    std::uint64_t asked = 0;  // Stamp of the newest answer that was applied.
  };
  using Apps = std::map<std::string, App, std::less<>>;

  Entry* find(const TaskFacts& told);
  void on_unreachable(const TaskFacts& told);
  bool on_running(const TaskFacts& told, std::uint64_t stamp, TimePoint now);
  void turn(Entry& entry, TaskState state, std::uint64_t stamp);

  DefinitionPtr require_definition(Apps::value_type& app, const std::string& version);
  void use_definition(Apps::value_type& app, const std::string& version, TimePoint now);
  void forget_old_definitions(App& app);

  void list_app(Apps::value_type& app, AppFacts facts, std::uint64_t asked, TimePoint now);
  void list_task(Apps::value_type& app, TaskFacts facts, std::uint64_t asked, TimePoint now);
  std::size_t count_serving_missing_from(Kind kind, std::uint64_t asked) const;
  void sweep(App& app, std::uint64_t asked, TimePoint now);
  void let_go(Entry& entry, TimePoint now);
  void drop_if_empty(Apps::iterator app);

  void share_with_neighbours(const App& app, TaskFacts& facts) const;
  Entry& place(App& app, TaskFacts facts, DefinitionPtr definition);
  void move_to_agent(Entry& entry, const SharedString& host);
  void leave_agent(Entry& entry);
  void erase(App& app, const SharedString& task);
  static void fill_from(const TaskFacts& known, TaskFacts& told);
  void note_change(Entry& entry);
  Task show(const Entry& entry) const;

  Origin origin_;
  std::uint64_t clock_ = 0;
  Fates fates_;
  std::map<std::string, Agent, std::less<>> agents_;
  Apps apps_;
  std::multimap<TimePoint, std::pair<SharedString, SharedString>> leaving_;  // App and task.

  std::vector<Entry*> changed_;
  std::vector<SharedString> removed_;
  std::vector<AppAtVersion> wanted_;
  std::vector<std::string> new_hosts_;
};

}  // namespace watcher::marathon
