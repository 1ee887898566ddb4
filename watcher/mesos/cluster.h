#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "watcher/mesos/hosts.h"
#include "watcher/mesos/model.h"
#include "watcher/update.h"

namespace watcher::mesos {

/// All that is known of one Mesos cluster, from whatever told it.
///
/// Events are the truth in the order they come. Answers are complete but may be old: each question
/// takes a stamp before it is sent, and its answer changes nothing that an event has touched since.
///
/// What a state does not mention is gone only when the master says so (it lists it as completed) or
/// must know (it lists the task's agent and framework). Everything else waits: for its agent, which
/// a new master only learns of when it comes back, or for a view that is not refused. It waits ten
/// minutes, of the time in which a master is heard. A state that lacks more than half of the
/// serving tasks a master must know removes none of them for a minute. One that mentions nothing at
/// all tells nothing: who may see no more than that is shown the same, so everybody waits on.
///
/// Of tasks of the last run only the ids, their agents and that they are shown is known: they wait
/// as others do until the master tells of them.
///
/// Pure. A task is shown once its agent and its framework are known. Cost: proportional to the
/// tasks a call names; of apply(), reset() and pause(), and of expire() when something is due: to
/// everything; of resolve(): to the agents.
class Cluster {
 public:
  static constexpr std::chrono::minutes kGrace{10};
  static constexpr std::chrono::minutes kDoubt{1};

  explicit Cluster(std::string source) : source_(std::move(source)) {}
  Cluster(const Cluster&) = delete;  // Tasks and agents point at one another.
  Cluster& operator=(const Cluster&) = delete;

  /// Tasks that the last run showed; before anything else.
  void restore(const std::vector<Task>& tasks);

  // What events tell.

  void add_task(TaskSeen task);
  /// False when there is no such task, and it has not ended either.
  bool update_task(const TaskChange& change);
  /// True when tasks of this agent wait: only a state can say which of them came back with it.
  bool add_agent(AgentFacts agent);
  void remove_agent(const std::string& id);
  void set_framework(FrameworkFacts framework);
  void remove_framework(const std::string& id);

  // What answers tell; `asked` is the stamp taken when the question was sent.

  std::uint64_t stamp() { return ++clock_; }
  /// A stamp for a question that apply() or give_up() will end. One at a time.
  std::uint64_t ask();
  void give_up();

  enum class Occasion : std::uint8_t {
    Connected,  // The first of this master, which may have just begun to lead.
    Resync,
  };
  struct Outcome {
    std::size_t waiting = 0;  // Tasks that it does not mention and that are not gone for that.
    bool blind = false;       // It mentions nothing at all.
  };
  Outcome apply(StateFacts state, std::uint64_t asked, Occasion occasion, TimePoint now);
  void apply_agents(std::vector<AgentFacts> agents, std::uint64_t asked);
  void apply_frameworks(std::vector<FrameworkFacts> frameworks, std::uint64_t asked);
  void set_leader(MasterFacts leader);
  void set_masters(std::vector<MasterFacts> masters);
  void resolve(const std::string& host, const std::vector<IpAddress>& addresses);

  // What time tells.

  /// No master is heard: whoever waits goes on waiting, until the next apply().
  void pause();
  void expire(TimePoint now);
  TimePoint next_expiry() const { return next_expiry_; }

  // What follows.

  std::vector<Update> take_updates();  // All changes since the last call, Members among them.
  std::vector<Update> reset();         // Everything: a Reset and Members.
  std::vector<std::string> take_new_hosts() { return hosts_.take_wanted(); }
  bool has_host(const std::string& host) const { return hosts_.contains(host); }

 private:
  struct Agent;
  struct Framework;
  struct Entry {
    TaskFacts facts;
    Observed observed;
    Agent* agent = nullptr;
    Framework* framework = nullptr;
    std::uint64_t touched = 0;            // Stamp of the last event about it.
    std::uint64_t listed = 0;             // Stamp of the last state that listed it.
    TimePoint leaves = TimePoint::max();  // When it goes unless it is told of; max(): it stays.
    bool changed = false;                 // Stands in changed_.
    bool shown = false;                   // The catalog has it.
    bool restored = false;                // And has it from the last run: no facts are known.

    bool is_missing_from(std::uint64_t state) const { return listed < state && touched < state; }
  };
  /// What agents and frameworks have in common.
  struct Presence {
    bool listed = false;  // By the master of this connection.
    std::uint64_t touched = 0;
    TimePoint leaves = TimePoint::max();
    bool gone = false;  // No member any more; kept for its tasks.
  };
  struct Agent : Presence {
    std::optional<AgentFacts> facts;
    std::vector<IpAddress> addresses;
    std::vector<Entry*> tasks;
  };
  struct Framework : Presence {
    std::optional<FrameworkFacts> facts;
    std::map<std::string, Entry, std::less<>> tasks;
  };
  using Agents = std::map<std::string, Agent, std::less<>>;
  using Frameworks = std::map<std::string, Framework, std::less<>>;

  Entry* find(const TaskRef& ref);
  void place(TaskSeen task, std::uint64_t Entry::*mark, std::uint64_t stamp);
  void move_to_agent(Entry& entry, const std::string& agent);
  void leave_agent(Entry& entry);
  void end_task(const TaskRef& ref);
  void note_change(Entry& entry);
  bool is_showable(const Entry& entry) const;
  Task show(const Entry& entry) const;

  void place_agent(AgentFacts facts, std::uint64_t touched);
  void place_framework(FrameworkFacts facts, std::uint64_t touched);
  void mark_present(Presence& presence, std::uint64_t touched);
  void drop_unused(Agents::iterator agent);
  void drop_unused(Frameworks::iterator framework);
  bool has_gone_since(const std::string& member, std::uint64_t asked) const;

  void list_members(StateFacts& state, std::uint64_t asked, Occasion occasion, TimePoint now);
  void let_leave(Presence& presence, TimePoint when);
  void list_task(TaskSeen task, std::uint64_t asked);
  void end_completed(const StateFacts& state, std::uint64_t asked);
  Outcome sweep(std::uint64_t asked, TimePoint now);
  std::size_t task_count() const;
  bool must_be_known(const Entry& entry) const;
  void keep_until(Entry& entry, TimePoint when);
  void forget_hosts();
  std::vector<Member> members();

  std::string source_;
  std::uint64_t clock_ = 0;
  Hosts hosts_;
  Agents agents_;
  Frameworks frameworks_;
  std::optional<MasterFacts> leader_;
  std::vector<MasterFacts> masters_;

  // What events ended while a question was under way, and when: its answer may not bring it back.
  bool asking_ = false;
  std::map<TaskRef, std::uint64_t> ended_;
  std::map<std::string, std::uint64_t, std::less<>> gone_members_;  // Ids of both kinds.

  TimePoint next_expiry_ = TimePoint::max();
  std::vector<TaskRef> changed_;
  std::vector<TaskRef> removed_;
  bool members_changed_ = true;
  std::vector<Member> told_members_;
};

}  // namespace watcher::mesos
