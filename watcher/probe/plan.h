#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/ip.h"
#include "watcher/catalog/change.h"
#include "watcher/probe/failures.h"
#include "watcher/probe/finding.h"
#include "watcher/probe/verdict.h"
#include "watcher/update.h"

namespace watcher {

/// The next time after `now` that falls on the beat of an endpoint. Beats of one period are spread
/// by `hash`, so that thousands of endpoints that came at once are not checked at once for ever.
std::chrono::steady_clock::time_point next_beat(std::chrono::steady_clock::time_point now,
                                                std::chrono::steady_clock::duration period,
                                                std::uint64_t hash);

/// Decides which endpoints are checked when, and what follows from the results. Pure: opens no
/// socket and asks no clock.
///
/// An endpoint is checked once however many VIPs and tasks it stands behind, as long as they agree
/// how. A task's port passes when any of its endpoints does: those that don't, the proxy finds out
/// and avoids.
class ProbePlan {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  struct Options {
    std::chrono::milliseconds interval{2000};
    /// While an endpoint does not pass steadily; never slower than `interval`.
    std::chrono::milliseconds closer_look{500};
    Verdict::Limits limits;      // This and `interval` where the check itself says nothing.
    std::size_t parallel = 256;  // Checks under way at a time; those that are due wait.
  };
  explicit ProbePlan(Options options) : options_(options) {}

  /// A check to be made now; finish() is owed for each.
  struct Start {
    std::uint64_t ticket = 0;
    common::SocketAddress endpoint;  // Whom to ask.
    config::SharedCheck check;
    CheckedEndpoint question;  // For whose sake.
  };
  using Outcome = CheckOutcome;

  /// Takes up and lets go of endpoints. New ones are due at once.
  void apply(const Change& change, TimePoint now);
  std::vector<Start> take_due(TimePoint now);
  /// When take_due() will have something; empty while only finish() can bring that about.
  std::optional<TimePoint> next_due() const;
  /// False when nobody needs to know any more.
  bool finish(std::uint64_t ticket, Outcome outcome, TimePoint now);
  bool has_reports() const { return !reports_.empty(); }
  /// What is to be told since the last call: one Probed per task and port.
  std::vector<Update> take_reports();

  std::size_t endpoints() const { return checks_.size(); }

 private:
  using Question = CheckedEndpoint;
  struct Check {
    Question question;
    Verdict verdict;
    TimePoint due;
    std::uint64_t hash = 0;        // Its place in the beat.
    std::map<TaskKey, int> users;  // How many VIPs have the endpoint for each task.
  };
  using Port = std::tuple<TaskKey, std::uint16_t, Protocol>;

  static Port port_of(const TaskKey& task, const Question& question) {
    return {task, question.endpoint.port, question.protocol};
  }
  void subscribe(Protocol protocol, const Backend& backend, TimePoint now);
  void unsubscribe(Protocol protocol, const Backend& backend);
  void report(const Port& port);
  Verdict::Limits limits_of(const config::Check& check) const;
  std::chrono::milliseconds period_of(const Check& check) const;
  void schedule(Check& check, TimePoint due);

  Options options_;
  std::map<Question, std::shared_ptr<Check>> checks_;
  std::map<Port, std::set<const Check*>> ports_;  // The endpoints of each port.
  std::set<std::pair<TimePoint, Question>> waiting_;
  std::unordered_map<std::uint64_t, std::weak_ptr<Check>> under_way_;
  std::map<Port, Health> reports_;
  std::uint64_t last_ticket_ = 0;
};

}  // namespace watcher
