#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "rollout/orders.h"
#include "rollout/plan.h"

namespace rollout {

using TimePoint = std::chrono::steady_clock::time_point;

/// An instance of an app, as the VIP has it.
struct Instance {
  std::string task;
  std::uint64_t sessions = 0;  // With it now.
  bool going = false;          // Its orchestrator ends it already.
};

/// How many instances a rollout began with, and ends with.
struct Sizes {
  std::uint32_t target = 0;  // That serve all clients.
  std::uint32_t before = 0;  // Of the new app.

  friend bool operator==(const Sizes&, const Sizes&) = default;
};

/// Brings the two apps of a rollout to the instances they need: has one order at a time carried
/// out, and goes by what is seen afterwards, so that an order which was lost or doubled does no
/// harm. Pure: the time and the answers come from outside.
class Scaler {
 public:
  explicit Scaler(const Plan& plan, std::optional<Sizes> sizes = {});

  struct Progress {
    enum class Kind : std::uint8_t { Ready, Waiting, Failed } kind = Kind::Waiting;
    std::string words = {};  // What for, or why.
  };
  /// The new app is to have what that share of the target takes. passing  of its instances, now
  Progress grow(std::uint32_t percent, std::size_t passing, TimePoint now);
  enum class Then : std::uint8_t { Keep, Delete };
  /// Of an app that gets nothing new, so many instances are to be left. Those go first that have no
  /// sessions any more, after the limit all.
  Progress shrink(const std::string& app,
                  std::uint32_t keep,
                  const std::vector<Instance>& instances,
                  Then then,
                  TimePoint now);
  /// Another task begins, or the same anew: limits count from now.
  void restart();

  /// What is to be asked now, if anything; to be called after grow() or shrink(). Until answered()
  /// with the same number, or for a minute, nothing else is.
  std::optional<Order> take_order(std::uint64_t number);
  void answered(std::uint64_t number, Outcome outcome);

  const std::optional<Sizes>& sizes() const { return sizes_; }  // Unknown until it has looked.

 private:
  struct Known {
    std::optional<App> app;  // None: there is no such app.
    TimePoint seen;
  };

  /// Takes in what was answered: a failure that ends it, if so.
  std::optional<std::string> settle(TimePoint now);
  std::optional<std::string> take(const Order& order, const Outcome& outcome, TimePoint now);
  const Known* look(const std::string& app, TimePoint now);
  bool learn(const App& fresh, TimePoint now);
  void fail(const Order& order, const Outcome& outcome, TimePoint now);
  void ask(Order order);
  Progress wait(std::string words) const;
  bool is_late(TimePoint now);
  std::vector<std::string> choose(const std::vector<Instance>& instances,
                                  std::size_t surplus,
                                  TimePoint now);

  std::string to_;
  std::string from_;
  std::chrono::milliseconds limit_;
  std::optional<Sizes> sizes_;

  std::map<std::string, Known> known_;  // By app.
  std::set<std::string> killed_;        // Tasks that are on their way out.
  std::optional<TimePoint> began_;      // The present task.

  std::optional<Order> wanted_;     // Not taken yet.
  std::optional<Order> under_way_;  // Taken.
  std::uint64_t number_ = 0;        // Of that.
  std::optional<TimePoint> sent_;
  std::optional<Outcome> outcome_;  // Not taken in yet.

  struct Trouble {
    Order::Kind kind;
    TimePoint since;
    std::string words;
  };
  std::optional<Trouble> trouble_;  // Why the last orders of a kind came to nothing.
  TimePoint retry_at_{};
};

}  // namespace rollout
